import type { Preprocessing, Target } from '#core/dataset'
import type { RidgeSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { matrix, transpose } from '#core/matrix'
import { randomStream } from '#core/random'
import type { RunDescription } from '#artefact/run-record'
import type { Blas } from '#linalg/blas'

export const digitNames = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

export function normals(rows: number, cols: number, ...tags: (string | number)[]): Matrix {
  const result = matrix(rows, cols)
  randomStream(7, 'test', ...tags).fillNormal(result.data)
  return result
}

function oneHot(points: number, classes: number): Matrix {
  const result = matrix(points, classes)
  for (let i = 0; i < points; i++) result.data[i * classes + (i % classes)] = 1
  return result
}

interface SetChoice {
  seed?: number
  side?: number
  channels?: number
  preprocessing?: Preprocessing
  target?: Target
}

/** k one-hot points for the k × p model W with λ_S = 0: X_S = (W Wᵀ)⁻¹ W, the transpose of W⁺. */
export async function imageSet(blas: Blas, choice: SetChoice = {}): Promise<RidgeSet> {
  const { seed = 0, side = 6, channels = 1, target = { kind: 'class', names: digitNames } } = choice
  const p = side * side * channels
  const k = target.names.length
  const weight = normals(k, p, 'weight', seed)
  const points = await blas.solve(await blas.syrk(weight), weight)
  return {
    points,
    labels: oneHot(k, k),
    classes: Int32Array.from({ length: k }, (_, i) => i),
    inputShape: [side, side, channels],
    target,
    preprocessing: choice.preprocessing ?? {
      name: 'channel',
      scale: new Float64Array(p).fill(1 / 78),
      shift: new Float64Array(p).fill(-0.4),
    },
    training: {
      kind: 'ridge',
      ridge: 0,
      intercept: false,
      originalRidge: 31.6,
      weight,
      bias: new Float64Array(k),
    },
    method: 'ridge',
    options: { variant: 'noise', labelEncoding: 'one-hot', points: k },
    seed,
    provenance: 'c'.repeat(64),
  }
}

/** More points than features, labels by the affine model itself: exact with an intercept and λ_S = 0. */
export function regressionSet(p = 5, names: readonly string[] = ['price', 'y']): RidgeSet {
  const k = names.length
  const weight = normals(k, p, 'regression')
  const bias = Float64Array.from({ length: k }, (_, j) => 3 - j)
  const points = normals(p + 2, p, 'regression points')
  return {
    points,
    labels: affine(points, weight, bias),
    inputShape: [p],
    target: { kind: 'real', names },
    preprocessing: {
      name: 'column',
      scale: Float64Array.from({ length: p }, (_, j) => 1 + j),
      shift: Float64Array.from({ length: p }, (_, j) => -j / 3),
    },
    training: { kind: 'ridge', ridge: 0, intercept: true, originalRidge: 1, weight, bias },
    method: 'ridge',
    options: { variant: 'noise', labelEncoding: 'soft', points: p + 2 },
    seed: 3,
    provenance: 'd'.repeat(64),
  }
}

/** X Wᵀ + 1 bᵀ. */
export function affine(x: Matrix, weight: Matrix, bias: Float64Array): Matrix {
  const wt = transpose(weight)
  const result = matrix(x.rows, weight.rows)
  for (let i = 0; i < x.rows; i++) {
    for (let c = 0; c < weight.rows; c++) {
      let sum = bias[c]
      for (let j = 0; j < x.cols; j++) sum += x.data[i * x.cols + j] * wt.data[j * weight.rows + c]
      result.data[i * weight.rows + c] = sum
    }
  }
  return result
}

/** The same set with m·ipc points: Y_S repeated and the points shared out, which keeps W (m > k). */
export function repeated(set: RidgeSet, times: number): RidgeSet {
  const { points, labels } = set
  const m = points.rows * times
  const copy = (a: Matrix, factor: number): Matrix => {
    const result = matrix(m, a.cols)
    for (let t = 0; t < times; t++)
      result.data.set(
        a.data.map((value) => value * factor),
        t * a.data.length,
      )
    return result
  }
  return {
    ...set,
    points: copy(points, 1),
    labels: copy(labels, 1),
    classes: Int32Array.from({ length: m }, (_, i) => i % points.rows),
  }
}

export function description(kind: 'image' | 'vector' = 'image'): RunDescription {
  return {
    command: ['retort', 'distill', '/home/someone/my data/digits', '--ipc', '1'],
    settings: { ipc: 1, ridge: 'auto', mean: null, train: '/home/someone/train.csv' },
    data: { name: 'digits', kind, examples: 60000, notes: ['read from /home/someone/digits'] },
    provider: { id: 'native', description: 'OpenBLAS 0.3, /usr/lib/libopenblas.so.0', threads: 2 },
    versions: { retort: '0.1.0' },
    cost: { passes: 1, examplesRead: 60000, floatingPointOperations: 7.4e10 },
  }
}

import type { Dataset, Split } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { indexedRandom, randomStream } from '#core/random'
import { generatedSplit } from './generated-split.ts'
import type { Generator, GeneratorOptions } from './generator.ts'
import { choice, realNumber, wholeNumber } from './generator.ts'
import type { Link, LinkName } from './hermite-links.ts'
import { linkNames, linkOf } from './hermite-links.ts'
import { normalRows } from './normals.ts'

export interface MultiIndexOptions extends GeneratorOptions {
  /** Input dimension d. */
  readonly inputs: number
  /** Intrinsic dimension r ≤ d. */
  readonly directions: number
  /** g: a named link, or any function of z = B x (length r). */
  readonly link: LinkName | Link
  /** s ≥ 0: y = f*(x) ± s, either sign with probability ½. Test targets are free of noise. */
  readonly noise: number
  /** Strength of a linear part along the first direction. */
  readonly linear: number
  /** Seed of B alone, default `seed`: tasks of one basis share their directions, not their examples. */
  readonly basis?: number
}

const defaults = {
  count: 40_000,
  testCount: 10_000,
  seed: 1,
  inputs: 100,
  directions: 2,
  link: 'standard',
  noise: 0.1,
  linear: 0,
} as const

/**
 * A multi-index regression task: x ~ N(0, I_d) in float32, y = g(B x) + linear · (B x)₁ + noise, B with r orthonormal
 * rows. Basis, inputs of each split and noise come from streams of their own, and example i depends only on
 * (seed, split, i), so that a longer dataset begins with the shorter one. `truth` carries B and f*.
 * @throws RetortError `usage/generator` for options that do not fit together
 */
export function multiIndexDataset(options: Partial<MultiIndexOptions> = {}): Dataset {
  const all = { ...defaults, ...options }
  const { count, testCount, seed, inputs: d, directions: r, noise, linear } = all
  if (r > d) {
    throw new RetortError({
      code: 'usage/generator',
      message: `${r} directions do not fit into ${d} inputs`,
      hint: `Write r=${d} or less, or d=${r} or more.`,
      values: { r, d },
    })
  }
  const link = typeof all.link === 'function' ? all.link : linkOf(all.link, r)
  const basis = randomBasis(r, d, all.basis ?? seed)
  const target = (z: Float64Array): number => link(z) + linear * z[0]
  const split = (name: 'train' | 'test', length: number): Split =>
    generatedSplit({
      name,
      count: length,
      inputSize: d,
      turnEvery: Math.max(1, Math.floor(5e5 / d)),
      allocate: (rows) => ({ inputs: new Float32Array(rows * d), targets: new Float64Array(rows) }),
      async writer() {
        const draw = await normalRows(indexedRandom(seed, 'multi-index', name), basis)
        const signs = indexedRandom(seed, 'multi-index', 'noise')
        const z = new Float64Array(r)
        return (indices, inputs, targets, at) => {
          const along = new Float64Array(indices.length * r)
          draw(indices, inputs, at * d, along)
          for (let i = 0; i < indices.length; i++) {
            for (let k = 0; k < r; k++) z[k] = along[i * r + k]
            targets[at + i] = target(z)
            if (name === 'test' || noise === 0) continue
            signs.seek(indices[i])
            targets[at + i] += signs.uniform() < 0.5 ? -noise : noise
          }
        }
      },
    })
  return {
    name: 'multi-index',
    kind: 'vector',
    inputShape: [d],
    elementType: 'float32',
    target: { kind: 'real', names: ['y'] },
    splits: { train: split('train', count), ...(testCount > 0 && { test: split('test', testCount) }) },
    source: { path: specText(all), files: [] },
    notes: [],
    truth: { basis, target },
  }
}

/** B, r × d: normals made orthonormal row by row, twice each. */
function randomBasis(r: number, d: number, seed: number): Matrix {
  const random = randomStream(seed, 'multi-index', 'basis')
  const basis = matrix(r, d)
  random.fillNormal(basis.data)
  for (let i = 0; i < r; i++) {
    const row = basis.data.subarray(i * d, (i + 1) * d)
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < i; k++) {
        const other = basis.data.subarray(k * d, (k + 1) * d)
        const overlap = dot(row, other)
        for (let j = 0; j < d; j++) row[j] -= overlap * other[j]
      }
      const length = Math.sqrt(dot(row, row))
      for (let j = 0; j < d; j++) row[j] /= length
    }
  }
  return basis
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j]
  return sum
}

function specText({
  count,
  testCount,
  seed,
  inputs,
  directions,
  link,
  noise,
  linear,
  basis,
}: MultiIndexOptions) {
  const named = typeof link === 'string' ? link : 'given'
  return (
    `multi-index:${count},d=${inputs},r=${directions},seed=${seed},link=${named},noise=${noise},linear=${linear},` +
    `test=${testCount}${basis === undefined ? '' : `,basis=${basis}`}`
  )
}

export const multiIndexGenerator: Generator = {
  id: 'multi-index',
  title: 'Gaussian inputs, a target that depends on few of their directions',
  defaults,
  settings: {
    d: wholeNumber('inputs', 1),
    r: wholeNumber('directions', 1),
    link: choice('link', linkNames),
    noise: realNumber('noise', 0),
    linear: realNumber('linear'),
    basis: wholeNumber('basis', Number.MIN_SAFE_INTEGER),
  },
  example: 'multi-index:40000,d=100,r=2,seed=1,link=standard,noise=0.1,linear=0',
  open: (options) => multiIndexDataset(options),
}

import { matrix } from '#core/matrix'
import { indexedRandom, randomStream } from '#core/random'
import { normalRows } from '#data/generators/normals'
import { createKernel } from '#kernels/index'
import type { Blas } from '#linalg/blas'
import { elementWise } from '#linalg/element-wise'
import { activateThin } from '#models/two-layer/thin-layer'
import type { BlasCase } from './blas-case.ts'

/** Element-wise WebAssembly beside a provider, in any engine: by references in plain JavaScript. */
export const tileCases: readonly BlasCase[] = [
  { name: 'tiles: Gaussian kernel', run: gaussianKernel },
  { name: 'tiles: NTK of one hidden layer', run: tangentKernel },
  { name: 'tiles: features of a thin first layer', run: thinFeatures },
  { name: 'tiles: normals of generated examples', run: drawnNormals },
  { name: 'tiles: bent values', run: bentValues },
  { name: 'tiles: scaled bytes', run: scaledBytes },
]

const normals = (tag: string, rows: number, cols: number) =>
  matrix(rows, cols, randomStream(2, tag).fillNormal(new Float64Array(rows * cols)))

async function gaussianKernel(blas: Blas): Promise<void> {
  const [x, z] = [normals('x', 5, 3), normals('z', 7, 3)]
  const gram = await createKernel({ id: 'rbf', parameters: { sigma: 0.7 } }).gram(x, z, blas)
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < z.rows; j++) {
      let distance = 0
      for (let c = 0; c < 3; c++) distance += (x.data[3 * i + c] - z.data[3 * j + c]) ** 2
      requireClose(gram.data[i * z.rows + j], Math.exp(-distance / (2 * 0.7 ** 2)), 1e-13)
    }
  }
}

/** Θ = K₁ + Θ₀ κ₀, K₁ by the arc-cosine formula (Cho, Saul 2009). */
async function tangentKernel(blas: Blas): Promise<void> {
  const [x, z] = [normals('x', 5, 3), normals('z', 7, 3)]
  const parameters = { depth: 1, weightDeviation: Math.SQRT2, biasDeviation: 0.1 }
  const gram = await createKernel({ id: 'ntk', parameters }).gram(x, z, blas)
  const covariance = (a: Float64Array, b: Float64Array) =>
    (2 / 3) * a.reduce((sum, value, j) => sum + value * b[j], 0) + 0.01
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < z.rows; j++) {
      const [a, b] = [x.data.subarray(3 * i, 3 * i + 3), z.data.subarray(3 * j, 3 * j + 3)]
      const [k, scale] = [covariance(a, b), Math.sqrt(covariance(a, a) * covariance(b, b))]
      const angle = Math.acos(k / scale)
      const first = (scale / Math.PI) * (Math.sin(angle) + (Math.PI - angle) * Math.cos(angle)) + 0.01
      const wanted = first + (k * (Math.PI - angle)) / Math.PI
      requireClose(gram.data[i * z.rows + j], wanted, 1e-12)
    }
  }
}

async function thinFeatures(): Promise<void> {
  const [pattern, t] = [normals('pattern', 11, 3), normals('t', 4, 3)]
  const biases = normals('biases', 1, 22).data
  const result = matrix(4, 22)
  await activateThin({ pattern, scale: 1, points: matrix(3, 1) }, t, biases, result)
  for (let i = 0; i < 4; i++) {
    for (let l = 0; l < 11; l++) {
      let along = 0
      for (let m = 0; m < 3; m++) along += t.data[3 * i + m] * pattern.data[3 * l + m]
      requireClose(result.data[22 * i + l], Math.max(0, along + biases[l]), 1e-13)
      requireClose(result.data[22 * i + 11 + l], Math.max(0, biases[11 + l] - along), 1e-13)
    }
  }
}

/** More than one tile, and an end that fills no vector. */
const odd = (1 << 13) + 13

/** Bit for bit those of JavaScript. */
async function bentValues(): Promise<void> {
  const { bend } = await elementWise()
  for (const slope of [0.1, 0]) {
    const before = normals('bent', 1, odd).data
    before.set([NaN, -0, 0, Infinity, -Infinity], odd - 5)
    const after = before.slice()
    bend(after, slope)
    for (let i = 0; i < odd; i++) requireSame(after[i], before[i] < 0 ? before[i] * slope : before[i])
  }
}

async function scaledBytes(): Promise<void> {
  const { scaleBytes } = await elementWise()
  for (const [rows, cols] of [
    [1200, 11],
    [3, odd],
    [5, 1],
    [0, 4],
    [4, 0],
  ]) {
    const bytes = Uint8Array.from({ length: rows * cols }, (_, i) => (i * 37) % 256)
    const [scale, shift] = [normals('scale', 1, cols).data, normals('shift', 1, cols).data]
    const result = new Float64Array(rows * cols)
    scaleBytes(bytes, scale, shift, result)
    for (let i = 0; i < result.length; i++) {
      requireSame(result[i], bytes[i] * scale[i % cols] + shift[i % cols])
    }
  }
}

function requireSame(found: number, wanted: number): void {
  if (!Object.is(found, wanted)) throw new Error(`${found} where it should be ${wanted}`)
}

/** Bit for bit those of this engine's `Math`. */
async function drawnNormals(): Promise<void> {
  const [rows, d] = [500, 101]
  const draws = indexedRandom(5, 'normals')
  const found = new Float32Array(rows * d)
  const indices = Float64Array.from({ length: rows }, (_, i) => 2 ** 32 - 7 + i)
  const draw = await normalRows(draws, matrix(1, d))
  draw(indices, found, 0, new Float64Array(rows))
  const wanted = new Float32Array(d)
  for (let i = 0; i < rows; i++) {
    draws.seek(indices[i])
    draws.fillNormal(wanted, 0, d)
    for (let j = 0; j < d; j++) {
      if (!Object.is(found[i * d + j], wanted[j]))
        throw new Error(`${found[i * d + j]} in place of ${wanted[j]}`)
    }
  }
}

function requireClose(found: number, wanted: number, tolerance: number): void {
  if (!(Math.abs(found - wanted) <= tolerance * Math.max(1, Math.abs(wanted))))
    throw new Error(`${found} in place of ${wanted}`)
}

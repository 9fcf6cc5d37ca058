import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'

/** Losses written from their definitions, sum by sum, to differentiate numerically. */
export type Loss = (points: Matrix) => Promise<number>

export function rowsAsArrays({ rows, cols, data }: Matrix): Float64Array[] {
  return Array.from({ length: rows }, (_, i) => data.subarray(i * cols, (i + 1) * cols))
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j]
  return sum
}

const relu = (z: number) => Math.max(0, z)

/** v(w) = (1/M1) Σ ỹ gate(w·x̃) x̃ */
function pointGradient(w: Float64Array, points: Matrix, labels: Float64Array, tied: boolean): Float64Array {
  const v = new Float64Array(w.length)
  rowsAsArrays(points).forEach((x, m) => {
    const u = dot(w, x)
    const open = tied ? Math.sign(u) / 2 : u > 0 ? 1 : 0
    for (let j = 0; j < v.length; j++) v[j] += (labels[m] * open * x[j]) / points.rows
  })
  return v
}

/** (1/n) Σ (f₁(x) − y)² of the network after one step without weight decay. */
export function performanceLoss(
  neurons: Matrix,
  points: Matrix,
  labels: Float64Array,
  tied: boolean,
  step: number,
  inputs: Matrix,
  targets: Float64Array,
): number {
  const pairs = rowsAsArrays(neurons).map((w) => {
    const v = pointGradient(w, points, labels, tied)
    return [w.map((value, j) => value + 2 * step * v[j]), w.map((value, j) => value - 2 * step * v[j])]
  })
  const squares = rowsAsArrays(inputs).map((x, i) => {
    const output = pairs.reduce((sum, [plus, minus]) => sum + relu(dot(plus, x)) - relu(dot(minus, x)), 0)
    return (output / neurons.rows - targets[i]) ** 2
  })
  return squares.reduce((sum, square) => sum + square, 0) / inputs.rows
}

export interface Training {
  readonly neurons: Matrix
  readonly biases: Float64Array
  readonly step: number
  readonly ridge: number
  readonly labels: Float64Array
  readonly tied: boolean
}

/** ½ Σ (y − f(x))² + ½ n λ |a|², with f trained on the points and then, by ridge, on the data. */
export async function refinementObjective(
  { neurons, biases, step, ridge, labels, tied }: Training,
  points: Matrix,
  inputs: Matrix,
  targets: Float64Array,
  blas: Blas,
): Promise<number> {
  const directions = rowsAsArrays(neurons).map((w) => pointGradient(w, points, labels, tied))
  const rows = [
    ...directions.map((v) => v.map((t) => step * t)),
    ...directions.map((v) => v.map((t) => -step * t)),
  ]
  const n = inputs.rows
  const width = rows.length
  const phi = rowsAsArrays(inputs).map((x) => rows.map((w, l) => relu(dot(w, x) + biases[l])))
  const gram = matrix(width, width)
  const cross = matrix(width, 1)
  for (let k = 0; k < width; k++) {
    for (let l = 0; l < width; l++) {
      gram.data[k * width + l] = phi.reduce((sum, row) => sum + row[k] * row[l], k === l ? n * ridge : 0)
    }
    cross.data[k] = phi.reduce((sum, row, i) => sum + row[k] * targets[i], 0)
  }
  const second = (await blas.solve(gram, cross)).data
  const squares = phi.reduce((sum, row, i) => sum + (targets[i] - dot(row, second)) ** 2, 0)
  return (squares + n * ridge * dot(second, second)) / 2
}

import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'

/** Distilled points of the first step: x̃ (M1 × d), ỹ (length M1), and whether (x̃, ỹ) also stands for (−x̃, ỹ). */
export interface FirstPoints {
  readonly points: Matrix
  readonly labels: Float64Array
  readonly tied: boolean
}

/** σ′(u) for a point, and for a tied pair the mean of σ′(u) and −σ′(−u): sign(u)/2. */
export function gate(u: number, tied: boolean): number {
  return tied ? 0.5 * Math.sign(u) : Number(u > 0)
}

/** gate(w · x̃) ỹ for every neuron and point: P × M1. */
export async function gates(
  neurons: Matrix,
  { points, labels, tied }: FirstPoints,
  blas: Blas,
): Promise<Matrix> {
  const products = await blas.gemm(neurons, points, { transposeB: true })
  const { data, cols } = products
  for (let at = 0; at < data.length; at++) data[at] = gate(data[at], tied) * labels[at % cols]
  return products
}

/**
 * v(w) = (1/M1) Σ ỹ gate(w · x̃) x̃ for every neuron w: P × d. Up to the factor −2a it is the first gradient that the
 * distilled points give a network whose output is zero.
 */
export async function pointGradients(neurons: Matrix, first: FirstPoints, blas: Blas): Promise<Matrix> {
  const pattern = await gates(neurons, first, blas)
  return blas.gemm(pattern, first.points, { alpha: 1 / first.points.rows })
}

/** Euclidean length of every row. */
export function rowNorms({ rows, cols, data }: Matrix): Float64Array {
  const norms = new Float64Array(rows)
  for (let i = 0, at = 0; i < rows; i++) {
    let sum = 0
    for (const end = at + cols; at < end; at++) sum += data[at] * data[at]
    norms[i] = Math.sqrt(sum)
  }
  return norms
}

export function meanRowNorm(a: Matrix): number {
  return rowNorms(a).reduce((sum, norm) => sum + norm, 0) / a.rows
}

export function scaled({ rows, cols, data }: Matrix, factor: number): Matrix {
  return matrix(
    rows,
    cols,
    data.map((value) => value * factor),
  )
}

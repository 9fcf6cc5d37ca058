import type { Matrix } from '#core/matrix'
import { copyOf, frobeniusNorm, matrix, rowsOf } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { rowNorms } from './gate.ts'

/**
 * Share of ‖a‖² that lies in the row span of `basis`; by chance r/d.
 * @param a m × d
 * @param basis r × d, orthonormal rows
 */
export async function energyIn(a: Matrix, basis: Matrix, blas: Blas): Promise<number> {
  const inside = frobeniusNorm(await blas.gemm(a, basis, { transposeB: true }))
  return (inside / frobeniusNorm(a)) ** 2
}

/**
 * The r principal angles, in degrees ascending, between the row span of `basis` (r × d, orthonormal) and the leading r
 * right singular vectors of a. Fewer where a has fewer rows.
 */
export async function principalAngles(a: Matrix, basis: Matrix, blas: Blas): Promise<Float64Array> {
  const { vt } = await blas.svd(a)
  const leading = rowsOf(vt, 0, Math.min(basis.rows, vt.rows))
  const cosines = (await blas.svd(await blas.gemm(leading, basis, { transposeB: true }))).values
  // The sine keeps the digits of small angles, which the cosine loses.
  const outside = await blas.gemm(leading, basis, { transposeB: true })
  const rest = await blas.gemm(outside, basis, { alpha: -1, beta: 1, c: copyOf(leading) })
  const sines = (await blas.svd(rest)).values.toReversed()
  return cosines.map((cosine, i) => (Math.atan2(sines[i], Math.min(1, cosine)) * 180) / Math.PI)
}

/** Orthonormal rows that span points, and how they were found. */
export interface PointBasis {
  /** r̂ × d. */
  readonly basis: Matrix
  /** Index of the point behind each row. */
  readonly pivots: readonly number[]
}

/**
 * Pivoted modified Gram–Schmidt of the rows: the longest remainder enters next, and what is left loses its direction
 * twice. Unlike singular vectors it leaves no sign or rotation open, so that labels stay with their points elsewhere.
 * @param count rows wanted; fewer come where nothing is left
 */
export function pivotedBasis(points: Matrix, count: number): PointBasis {
  const rest = copyOf(points)
  const rows: Float64Array[] = []
  const pivots: number[] = []
  const size = frobeniusNorm(points)
  while (rows.length < count) {
    const norms = rowNorms(rest)
    const pivot = norms.indexOf(Math.max(...norms))
    if (!(norms[pivot] > 1e-12 * size)) break
    rows.push(takeDirection(rest, pivot))
    pivots.push(pivot)
  }
  return { basis: stacked(rows, points.cols), pivots }
}

/** The same basis where the order of pivots is known: near-equal lengths may swap between engines. */
export function basisOfPivots(points: Matrix, pivots: readonly number[]): Matrix {
  const rest = copyOf(points)
  return stacked(
    pivots.map((pivot) => takeDirection(rest, pivot)),
    points.cols,
  )
}

/** The direction of one row, taken out of all rows. */
function takeDirection(rest: Matrix, pivot: number): Float64Array {
  const { cols, data } = rest
  const direction = data.slice(pivot * cols, (pivot + 1) * cols)
  const length = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0))
  for (let j = 0; j < cols; j++) direction[j] /= length
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < rest.rows; i++) {
      let along = 0
      for (let j = 0; j < cols; j++) along += data[i * cols + j] * direction[j]
      for (let j = 0; j < cols; j++) data[i * cols + j] -= along * direction[j]
    }
  }
  return direction
}

function stacked(rows: readonly Float64Array[], cols: number): Matrix {
  const result = matrix(rows.length, cols)
  rows.forEach((row, i) => {
    result.data.set(row, i * cols)
  })
  return result
}

import { copyOf, frobeniusNorm, matrix, type Matrix } from '#core/matrix'
import type { FeatureMap, Linearisation } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import { transposed } from '#linalg/tiles'
import { rowLengths } from './rows.ts'

/** A feature map with its derivative. */
export type SmoothMap = Pick<FeatureMap, 'inputSize' | 'featureSize'> &
  Required<Pick<FeatureMap, 'linearise'>>

/** Find points whose features span given directions. */
export interface SpanProblem {
  readonly blas: Blas
  readonly map: SmoothMap
  /** Q, r × p with orthonormal rows: a basis of what is to be spanned. */
  readonly rows: Matrix
}

/**
 * Points with all that a step needs. The residual R = Q (I − P⁺P), for P the features of the points scaled to length
 * one, is what of Q they do not span; it is a function of the points alone (variable projection: Golub, Pereyra,
 * "The differentiation of pseudo-inverses and nonlinear least squares problems whose variables separate", 1973).
 */
export interface SpanPoint {
  /** m × d */
  readonly points: Matrix
  readonly derivative: Linearisation
  /** Of the derivative: kinks within this relative distance are averaged. */
  readonly blur: number
  /** r × p */
  readonly residual: Matrix
  /** ‖R‖_F, from 0 to √r. */
  readonly size: number
  /** Orthonormal basis of the span of the features, p × m. */
  readonly basis: Matrix
  /** C = Q P⁺, r × m: how Q is made of the features. */
  readonly shares: Matrix
  /** Lengths of the features. */
  readonly lengths: Float64Array
  /** Lengths of the points (1 for a zero point): a unit of a step is a change of a point by its own length. */
  readonly units: Float64Array
}

/** @throws DidNotConverge or Singular where features are not finite or depend on one another exactly */
export async function spanPointOf(problem: SpanProblem, points: Matrix): Promise<SpanPoint> {
  const { blas, map, rows } = problem
  const derivative = await map.linearise(points, blas)
  const features = copyOf(derivative.features)
  const lengths = rowLengths(features)
  divideRows(features, lengths)
  const { q: basis, r: triangle } = await blas.qr(await transposed(features))
  const seen = await blas.gemm(rows, basis)
  const residual = matrix(rows.rows, rows.cols, rows.data.slice())
  await blas.gemm(seen, basis, { transposeB: true, alpha: -1, beta: 1, c: residual })
  await project(blas, residual, basis)
  const shares = await transposed(
    await blas.solveTriangular(triangle, await transposed(seen), { lower: false }),
  )
  const units = rowLengths(points)
  return {
    points,
    derivative,
    blur: 0,
    residual,
    size: frobeniusNorm(residual),
    basis,
    shares,
    lengths,
    units,
  }
}

/** The same points, with the slopes of kinked maps averaged over changes of a relative size. */
export async function blurred({ blas, map }: SpanProblem, at: SpanPoint, blur: number): Promise<SpanPoint> {
  return { ...at, blur, derivative: await map.linearise(at.points, blas, blur) }
}

/**
 * The derivative of R along a step (m × d, in units of the points), r × p: −C N(J t). The part of the derivative that is
 * proportional to R itself is left out (Kaufman 1975); the gradient of ‖R‖² is the same without it.
 */
export async function derivativeAlong(
  { blas }: SpanProblem,
  { derivative, basis, shares, lengths, units }: SpanPoint,
  step: Matrix,
): Promise<Matrix> {
  const tangents = await derivative.pushForward(scaledRows(step, units))
  divideRows(tangents, lengths)
  await project(blas, tangents, basis)
  return blas.gemm(shares, tangents, { alpha: -1 })
}

/** The transpose of `derivativeAlong`: r × p to m × d. */
export async function pulledBack(
  { blas }: SpanProblem,
  { derivative, basis, shares, lengths, units }: SpanPoint,
  direction: Matrix,
): Promise<Matrix> {
  const cotangents = await blas.gemm(shares, direction, { transposeA: true, alpha: -1 })
  await project(blas, cotangents, basis)
  divideRows(cotangents, lengths)
  return scaledRows(await derivative.pullBack(cotangents), units)
}

/** Takes out of every row what lies in the span of the basis columns, in place. */
async function project(blas: Blas, rows: Matrix, basis: Matrix): Promise<void> {
  const inside = await blas.gemm(rows, basis)
  await blas.gemm(inside, basis, { transposeB: true, alpha: -1, beta: 1, c: rows })
}

function divideRows({ rows, cols, data }: Matrix, lengths: Float64Array): void {
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < cols; j++) data[at++] /= lengths[i]
}

function scaledRows({ rows, cols, data }: Matrix, factors: Float64Array): Matrix {
  const result = matrix(rows, cols)
  for (let i = 0, at = 0; i < rows; i++)
    for (let j = 0; j < cols; j++, at++) result.data[at] = data[at] * factors[i]
  return result
}

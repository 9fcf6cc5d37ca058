import type { Matrix } from '#core/matrix'
import { copyOf, transpose } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { FeatureMoments } from './feature-moments.ts'
import { column } from './linear-part.ts'

/** a = (C + λI)⁻¹ c: where gradient descent with weight decay λ on the second layer ends. */
export async function solveSecondLayer(
  { gram, cross }: FeatureMoments,
  ridge: number,
  blas: Blas,
): Promise<Float64Array> {
  return (await blas.solvePositive(plusDiagonal(gram, ridge), column(cross))).data
}

/**
 * The map from labels to second-layer weights on fixed points, transposed: a = Aᵀᵀ y with
 * A = (FᵀF/m + λI)⁻¹ Fᵀ/m = Fᵀ (F Fᵀ + mλI)⁻¹, whichever inverse is smaller.
 * @param phi F, m × L
 * @returns Aᵀ, m × L
 */
export async function labelResponse(phi: Matrix, ridge: number, blas: Blas): Promise<Matrix> {
  const { rows: m, cols: width } = phi
  if (m <= width) {
    return blas.solvePositive(addDiagonal(await blas.syrk(phi), m * ridge), phi)
  }
  const gram = await blas.syrk(phi, { transpose: true, alpha: 1 / m })
  const right = transpose(phi)
  for (let at = 0; at < right.data.length; at++) right.data[at] /= m
  return transpose(await blas.solvePositive(addDiagonal(gram, ridge), right))
}

/** Ridge regression on given points, λ relative to means: length L. */
export async function fitSecondLayer(
  phi: Matrix,
  labels: Float64Array,
  ridge: number,
  blas: Blas,
): Promise<Float64Array> {
  const { rows: m, cols: width } = phi
  if (m < width) {
    const dual = await blas.solvePositive(addDiagonal(await blas.syrk(phi), m * ridge), column(labels))
    return (await blas.gemm(phi, dual, { transposeA: true })).data
  }
  const gram = await blas.syrk(phi, { transpose: true, alpha: 1 / m })
  const cross = await blas.gemm(phi, column(labels), { transposeA: true, alpha: 1 / m })
  return (await blas.solvePositive(addDiagonal(gram, ridge), cross)).data
}

/** a + value·I */
export function plusDiagonal(a: Matrix, value: number): Matrix {
  return addDiagonal(copyOf(a), value)
}

/** a ← a + value·I */
function addDiagonal(a: Matrix, value: number): Matrix {
  for (let i = 0; i < a.rows; i++) a.data[i * a.cols + i] += value
  return a
}

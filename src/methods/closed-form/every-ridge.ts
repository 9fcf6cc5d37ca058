import { rowsOf, transpose, type Matrix } from '#core/matrix'
import { NotPositiveDefinite, type Blas } from '#linalg/blas'
import { rankTolerance, scaleColumns, scaleRows } from './spectrum.ts'

/** Points and labels with X_Sᵀ X_S = S and Y_Sᵀ X_S = C: ridge regression on them equals that on the data, for every λ. */
export interface EveryRidge {
  /** r × p with r = rank(S). */
  readonly points: Matrix
  /** r × k. */
  readonly labels: Matrix
}

/**
 * X_S = Lᵀ, Y_S = L⁻¹ Cᵀ with S = L Lᵀ (Cholesky); for a singular S an eigen square root, with as many points as its
 * rank. The setting of Izzo & Zou 2023: d points serve all regularisations.
 * @param gram S = Σ x xᵀ, p × p, positive semidefinite
 * @param cross C = Σ y xᵀ, k × p, of the same examples
 */
export async function everyRidgePoints(blas: Blas, gram: Matrix, cross: Matrix): Promise<EveryRidge> {
  const factor = await wellDefinedCholesky(blas, gram)
  const rightSides = transpose(cross)
  if (factor) return { points: transpose(factor), labels: await blas.solveTriangular(factor, rightSides) }

  // Columns are brought to equal length first, so that rank is judged whatever their units.
  const units = Float64Array.from(
    { length: gram.rows },
    (_, i) => Math.sqrt(gram.data[i * gram.rows + i]) || 1,
  )
  const inverse = units.map((unit) => 1 / unit)
  const { values, vectors } = await blas.eigenSymmetric(scaleRows(scaleColumns(gram, inverse), inverse))
  const floor = rankTolerance(gram.rows, gram.rows) * values[values.length - 1]
  let first = 0
  while (first < values.length && !(values[first] > floor)) first++
  const roots = values.slice(first).map(Math.sqrt)
  const directions = rowsOf(transpose(vectors), first, gram.rows)
  const seen = await blas.gemm(directions, scaleRows(rightSides, inverse))
  return {
    points: scaleRows(scaleColumns(directions, units), roots),
    labels: scaleRows(
      seen,
      roots.map((root) => 1 / root),
    ),
  }
}

/** The factor, or undefined where a pivot is lost in rounding: the matrix is then singular as far as numbers can tell. */
async function wellDefinedCholesky(blas: Blas, gram: Matrix): Promise<Matrix | undefined> {
  const size = gram.rows
  try {
    const factor = await blas.cholesky(gram)
    for (let i = 0; i < size; i++) {
      const pivot = factor.data[i * size + i] ** 2
      if (!(pivot > 10 * rankTolerance(size, size) * gram.data[i * size + i])) return undefined
    }
    return factor
  } catch (error) {
    if (error instanceof NotPositiveDefinite) return undefined
    throw error
  }
}

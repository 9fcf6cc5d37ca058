import { copyOf, rowsOf, transpose, type Matrix } from '#core/matrix'
import { NotPositiveDefinite, type Blas } from '#linalg/blas'
import { transposed } from '#linalg/tiles'
import { solvedLabels } from './factored.ts'
import { scaleColumns, scaleRows } from './slices.ts'
import { rankTolerance } from './spectrum.ts'

/** Points and labels with X_Sᵀ X_S = S and Y_Sᵀ X_S = C: ridge regression on them equals that on the data, for every λ. */
export interface EveryRidge {
  /** r × p with r = rank(S). */
  readonly points: Matrix
  /** r × k. */
  readonly labels: Matrix
  /** W less what stands outside the row space of S: rounding of its fit. */
  readonly weight: Matrix
}

/**
 * X_S = Lᵀ with S = L Lᵀ (Cholesky), or for a singular S an eigen square root, with as many points as its rank. The
 * setting of Izzo & Zou 2023: d points serve all regularisations. Of the labels L⁻¹ Cᵀ the form
 * Y_S = X_S Wᵀ + λ X_S⁺ᵀ Wᵀ with C = W (S + λI) is used: it gives W at its own λ to the rounding of X_S, where C would
 * leave the rounding of S, which is ‖S‖/λ times larger.
 * @param gram S = Σ x xᵀ, p × p, positive semidefinite
 * @param weight W for this λ, fitted from S and C
 */
export async function everyRidgePoints(
  blas: Blas,
  gram: Matrix,
  weight: Matrix,
  ridge: number,
): Promise<EveryRidge> {
  const factor = await wellDefinedCholesky(blas, gram)
  const wanted = transpose(weight)
  if (factor) {
    const points = await transposed(factor)
    const dual = () => blas.solveTriangular(factor, wanted)
    return { points, labels: await solvedLabels(blas, points, weight, ridge, dual), weight }
  }
  // Columns are brought to equal length first, so that rank is judged whatever their units.
  const units = Float64Array.from(
    { length: gram.rows },
    (_, i) => Math.sqrt(gram.data[i * gram.rows + i]) || 1,
  )
  const inverse = units.map((unit) => 1 / unit)
  const { values, vectors } = await blas.eigenSymmetric(
    await scaleRows(await scaleColumns(gram, inverse), inverse),
  )
  const floor = rankTolerance(gram.rows, gram.rows) * values[values.length - 1]
  const first = values.findIndex((value) => value > floor)
  const kept = first < 0 ? values.length : first
  const roots = values.slice(kept).map(Math.sqrt)
  const directions = rowsOf(await transposed(vectors), kept, gram.rows)
  const points = await scaleRows(await scaleColumns(directions, units), roots)
  const inverseRoots = roots.map((root) => 1 / root)
  const inversePoints = await scaleRows(await scaleColumns(directions, inverse), inverseRoots)
  await refine(blas, points, inversePoints, gram)
  const dual = await blas.gemm(inversePoints, wanted)
  const missed = await blas.gemm(points, dual, { transposeA: true, alpha: -1, beta: 1, c: copyOf(wanted) })
  await blas.gemm(inversePoints, missed, { beta: 1, c: dual })
  const held = await blas.gemm(dual, points, { transposeA: true })
  return { points, labels: await solvedLabels(blas, points, held, ridge, async () => dual), weight: held }
}

/**
 * One Newton step of X_Sᵀ X_S = S with D = X_S⁺ᵀ: X_S ← X_S + D (E − ½ E Dᵀ X_S), E = S − X_Sᵀ X_S. An eigendecomposition
 * is right to ε times the largest eigenvalue; the step brings this down to the rounding of X_S.
 */
async function refine(blas: Blas, points: Matrix, inverse: Matrix, gram: Matrix): Promise<void> {
  const error = await blas.syrk(points, { transpose: true, alpha: -1, beta: 1, c: copyOf(gram) })
  const seen = await blas.gemm(error, inverse, { transposeB: true })
  await blas.gemm(seen, points, { alpha: -0.5, beta: 1, c: error })
  await blas.gemm(inverse, error, { beta: 1, c: points })
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

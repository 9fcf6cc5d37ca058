import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { pointValue, type RootRule } from './roots.ts'
import { scaleColumns } from './slices.ts'

/** D = u · diag(values) · vᵀ by its singular factors: u m × t and v p × t have orthonormal columns, values > 0. */
export interface Factored {
  readonly u: Matrix
  readonly values: Float64Array
  readonly v: Matrix
}

/** The points X_S = u · diag(s) · vᵀ, one root s for every singular value σ of D. @throws RangeError above the bound */
export async function pointsOf(blas: Blas, d: Factored, ridge: number, rule: RootRule): Promise<Matrix> {
  const values = d.values.map((sigma) => pointValue(sigma, ridge, rule))
  return blas.gemm(await scaleColumns(d.u, values), d.v, { transposeB: true })
}

/** G = D Wᵀ (m × k), for which X_Sᵀ G = Wᵀ where X_S was made from D at λ_S = 0. */
export async function dualOf(blas: Blas, d: Factored, weight: Matrix): Promise<Matrix> {
  return blas.gemm(
    await scaleColumns(d.u, d.values),
    await blas.gemm(d.v, weight, { transposeA: true, transposeB: true }),
  )
}

/**
 * Labels Y_S = X_S Wᵀ + λ_S G for points that hold Row(W), with X_Sᵀ G = Wᵀ: then (X_S X_Sᵀ + λ_S I) G = Y_S, so ridge
 * regression with this λ_S, of any size, gives W. For independent points this is W X_{S,λ_S} of Theorem 4.2.
 */
export async function solvedLabels(
  blas: Blas,
  points: Matrix,
  weight: Matrix,
  ridge: number,
  dual: () => Promise<Matrix>,
): Promise<Matrix> {
  const labels = await blas.gemm(points, weight, { transposeB: true })
  if (ridge === 0) return labels
  const { data } = await dual()
  for (let i = 0; i < data.length; i++) labels.data[i] += ridge * data[i]
  return labels
}

import { matrix, transpose, type Matrix } from '#core/matrix'
import { relativeError } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from '#models/ridge-model'
import { trainRidgeOnPoints } from '#models/ridge-points'
import { centringOf } from './closed-form/centring.ts'
import { solvedLabels } from './closed-form/factored.ts'

/** Labels for given features, and what they leave of the model. */
export interface LabelSolution {
  /** Y_S, m × k. */
  readonly labels: Matrix
  /** ‖[W_S b_S] − [W b]‖ / ‖[W b]‖ for the model that is trained on the features with these labels. */
  readonly error: number
  /** Largest over smallest singular value of the features (about their mean with an intercept). */
  readonly conditionNumber: number
}

/**
 * The labels Y_S = W Φ_{S,λ} of Theorem 4.2: the model comes back where its rows lie in the span of the features (about
 * their mean, with an intercept), for every λ_S; elsewhere its projection onto that span does. The error is measured
 * by training.
 * @param features Φ_S, m × p
 */
export async function labelsFor(
  blas: Blas,
  features: Matrix,
  model: RidgeModel,
  ridge: number,
): Promise<LabelSolution> {
  const { weight, bias, intercept } = model
  const centring = await centringOf(blas, features.rows, intercept)
  const reduced = await centring.reduce(features)
  const dual = async () => (await blas.leastSquares(transpose(reduced), transpose(weight))).x
  const mean = await meanPrediction(blas, features, model)
  const labels = await centring.restore(await solvedLabels(blas, reduced, weight, ridge, dual), mean)
  const trained = await trainRidgeOnPoints(features, labels, ridge, intercept, blas)
  const error = relativeError(besideBias(trained.model), besideBias({ weight, bias }))
  return { labels, error, conditionNumber: trained.conditionNumber }
}

/** W φ̄ + b */
async function meanPrediction(
  blas: Blas,
  features: Matrix,
  { weight, bias }: RidgeModel,
): Promise<Float64Array> {
  const share = matrix(1, features.rows)
  share.data.fill(1 / features.rows)
  const mean = await blas.gemm(share, features)
  const predicted = await blas.gemm(mean, weight, { transposeB: true })
  return predicted.data.map((value, c) => value + bias[c])
}

/** [W b], k × (p + 1) */
export function besideBias({
  weight: { rows, cols, data },
  bias,
}: Pick<RidgeModel, 'weight' | 'bias'>): Matrix {
  const result = matrix(rows, cols + 1)
  for (let i = 0; i < rows; i++) {
    result.data.set(data.subarray(i * cols, (i + 1) * cols), i * (cols + 1))
    result.data[i * (cols + 1) + cols] = bias[i]
  }
  return result
}

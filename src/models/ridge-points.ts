import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from './ridge-model.ts'

export interface TrainedOnPoints {
  readonly model: RidgeModel
  /** Largest over smallest singular value that counts, of the points (about their mean with an intercept); 1 for none. */
  readonly conditionNumber: number
}

/**
 * Ridge regression on few points, as whoever receives a distilled set trains it:
 * W = Yᵀ U diag(s / (s² + λ)) Vᵀ with X = U diag(s) Vᵀ; for λ = 0 the least-norm solution of least squares. Singular
 * values up to max(m, p)·ε times the largest count as 0. No normal equations, so the error is about ε times the
 * condition number. With an intercept, X and Y are centred and b = ȳ − W x̄.
 * @param points X, m × p
 * @param labels Y, m × k
 * @param ridge λ ≥ 0 of ‖W Xᵀ − Yᵀ‖² + λ ‖W‖²
 * @throws DidNotConverge for values that are not finite
 */
export async function trainRidgeOnPoints(
  points: Matrix,
  labels: Matrix,
  ridge: number,
  intercept: boolean,
  blas: Blas,
): Promise<TrainedOnPoints> {
  if (!(ridge >= 0)) throw new RangeError(`λ must be at least 0, not ${ridge}`)
  const { cols: p } = points
  const { cols: k } = labels
  const x = intercept ? centred(points) : { matrix: points, mean: new Float64Array(p) }
  const y = intercept ? centred(labels) : { matrix: labels, mean: new Float64Array(k) }
  const { u, values, vt } = await blas.svd(x.matrix)
  const least = Math.max(points.rows, p) * Number.EPSILON * (values[0] ?? 0)
  const rank = values.findLastIndex((value) => value > least) + 1
  const projected = await blas.gemm(y.matrix, u, { transposeA: true })
  const size = values.length
  for (let c = 0; c < k; c++) {
    for (let j = 0; j < size; j++) {
      projected.data[c * size + j] *= j < rank ? 1 / (values[j] + ridge / values[j]) : 0
    }
  }
  const weight = await blas.gemm(projected, vt)
  const bias = Float64Array.from(y.mean, (mean, c) => {
    let sum = mean
    for (let j = 0; j < p; j++) sum -= weight.data[c * p + j] * x.mean[j]
    return sum
  })
  return {
    model: { weight, bias, ridge, intercept },
    conditionNumber: rank === 0 ? 1 : values[0] / values[rank - 1],
  }
}

/** Columns less their mean; the mean is corrected once, so that it is right to its last digit. */
function centred({ rows, cols, data }: Matrix): { matrix: Matrix; mean: Float64Array } {
  const mean = new Float64Array(cols)
  const result = matrix(rows, cols, data.slice())
  for (let pass = 0; pass < 2; pass++) {
    const sum = new Float64Array(cols)
    for (let t = 0; t < result.data.length; t++) sum[t % cols] += result.data[t]
    const step = sum.map((value) => value / rows)
    for (let t = 0; t < result.data.length; t++) result.data[t] -= step[t % cols]
    for (let j = 0; j < cols; j++) mean[j] += step[j]
  }
  return { matrix: result, mean }
}

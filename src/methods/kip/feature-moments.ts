import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { Statistics } from '#statistics/statistics'

/** All that squared error sees of n examples with features φ and targets y, the offset of the targets taken out. */
export interface FeatureMoments {
  readonly count: number
  /** S = Σ φ φᵀ, p × p. */
  readonly gram: Matrix
  /** C = Σ y φᵀ, k × p. */
  readonly cross: Matrix
  /** Σ ‖y‖². */
  readonly targetSquares: number
}

/** @param offset taken from every target, length k */
export function momentsAbout(statistics: Statistics, offset: Float64Array): FeatureMoments {
  const { count, gram, inputSum, targetSum, targetGram, targetSize: k, inputSize: p } = statistics
  const cross = matrix(k, p, statistics.cross.data.slice())
  let targetSquares = 0
  for (let c = 0; c < k; c++) {
    for (let j = 0; j < p; j++) cross.data[c * p + j] -= offset[c] * inputSum[j]
    targetSquares += targetGram.data[c * k + c] - 2 * offset[c] * targetSum[c] + count * offset[c] ** 2
  }
  return { count, gram, cross, targetSquares }
}

/** ½ mean (W φ − y)² over examples and columns, and its gradient with respect to W, k × p. */
export interface ModelLoss {
  readonly loss: number
  readonly ofWeight: Matrix
}

/** From moments: (tr(W S Wᵀ) − 2 tr(W Cᵀ) + Σ‖y‖²) / (2 n k), O(k p²) whatever n. */
export async function lossFromMoments(
  weight: Matrix,
  moments: FeatureMoments,
  blas: Blas,
): Promise<ModelLoss> {
  const { gram, cross, targetSquares } = moments
  const scale = 1 / (moments.count * weight.rows)
  const ofWeight = await blas.gemm(weight, gram)
  let squares = targetSquares
  for (let at = 0; at < ofWeight.data.length; at++) {
    squares += weight.data[at] * (ofWeight.data[at] - 2 * cross.data[at])
    ofWeight.data[at] = scale * (ofWeight.data[at] - cross.data[at])
  }
  // Rounding may leave a perfect fit slightly below zero.
  return { loss: Math.max(0, 0.5 * scale * squares), ofWeight }
}

/** From the examples themselves: features n × p, targets n × k. */
export async function lossFromExamples(
  weight: Matrix,
  features: Matrix,
  targets: Matrix,
  blas: Blas,
): Promise<ModelLoss> {
  const residual = await blas.gemm(features, weight, { transposeB: true })
  const scale = 1 / residual.data.length
  let squares = 0
  for (let at = 0; at < residual.data.length; at++) {
    residual.data[at] -= targets.data[at]
    squares += residual.data[at] ** 2
  }
  const ofWeight = await blas.gemm(residual, features, { transposeA: true, alpha: scale })
  return { loss: 0.5 * scale * squares, ofWeight }
}

import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { byRows } from '#statistics/by-rows'
import type { Statistics } from '#statistics/statistics'

export interface NormalEquations {
  readonly gram: Matrix
  readonly cross: Matrix
  /** b of target c for the weights in the given row. */
  biasOf(weights: Matrix, row: number, target: number): number
}

/** S and C of W (S + λI) = C: about the mean where there is an intercept, which then is b = ȳ − W x̄. */
export async function normalEquations(statistics: Statistics, intercept: boolean): Promise<NormalEquations> {
  const { count, inputSize: p, targetSize: k, inputSum, targetSum } = statistics
  if (!intercept || count === 0) {
    return { gram: statistics.gram, cross: statistics.cross, biasOf: () => 0 }
  }
  const mean = inputSum.map((sum) => sum / count)
  const gram = matrix(p, p)
  await byRows(p, p, (i) => {
    for (let j = 0; j < p; j++) {
      // Symmetric to the last bit: the smaller index is scaled by the larger one's sum.
      const shift = i < j ? inputSum[i] * mean[j] : inputSum[j] * mean[i]
      gram.data[i * p + j] = statistics.gram.data[i * p + j] - shift
    }
  })
  const cross = matrix(k, p)
  for (let c = 0; c < k; c++) {
    for (let j = 0; j < p; j++) {
      cross.data[c * p + j] = statistics.cross.data[c * p + j] - targetSum[c] * mean[j]
    }
  }
  const biasOf = (weights: Matrix, row: number, target: number): number => {
    let sum = targetSum[target] / count
    for (let j = 0; j < p; j++) sum -= weights.data[row * p + j] * mean[j]
    return sum
  }
  return { gram, cross, biasOf }
}

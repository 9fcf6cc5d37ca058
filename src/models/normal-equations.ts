import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { byRows } from '#statistics/by-rows'
import type { Statistics } from '#statistics/statistics'

export interface NormalEquations {
  readonly gram: Matrix
  readonly cross: Matrix
  /** The targets of every example have the same sum (one-hot labels), so the columns of C, and of W, sum to zero. */
  readonly balanced: boolean
  /** b of target c for the weights in the given row. */
  biasOf(weights: Matrix, row: number, target: number): number
}

/** S and C of W (S + λI) = C: about the mean where there is an intercept, which then is b = ȳ − W x̄. */
export async function normalEquations(statistics: Statistics, intercept: boolean): Promise<NormalEquations> {
  const { count, inputSize: p, targetSize: k, inputSum, targetSum } = statistics
  if (!intercept || count === 0) {
    return { gram: statistics.gram, cross: statistics.cross, balanced: false, biasOf: () => 0 }
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
  const balanced = sumsVanish(cross)
  if (balanced) removeColumnMeans(cross)
  const biasOf = (weights: Matrix, row: number, target: number): number => {
    let sum = targetSum[target] / count
    for (let j = 0; j < p; j++) sum -= weights.data[row * p + j] * mean[j]
    return sum
  }
  return { gram, cross, balanced, biasOf }
}

/** Column sums as small as the rounding of their terms. */
function sumsVanish({ rows, cols, data }: Matrix): boolean {
  let largestSum = 0
  let largest = 0
  for (let j = 0; j < cols; j++) {
    let sum = 0
    for (let i = 0; i < rows; i++) {
      sum += data[i * cols + j]
      largest = Math.max(largest, Math.abs(data[i * cols + j]))
    }
    largestSum = Math.max(largestSum, Math.abs(sum))
  }
  return rows > 1 && largestSum <= 1e-10 * largest
}

/** Takes out of every column its mean, in place. */
export function removeColumnMeans({ rows, cols, data }: Matrix): void {
  for (let j = 0; j < cols; j++) {
    let sum = 0
    for (let i = 0; i < rows; i++) sum += data[i * cols + j]
    for (let i = 0; i < rows; i++) data[i * cols + j] -= sum / rows
  }
}

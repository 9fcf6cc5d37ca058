import type { FeatureMap } from '#features/feature-map'
import type { Statistics } from '#statistics/statistics'

/** What a result cost, in units that do not depend on the machine. */
export interface Cost {
  readonly passes: number
  readonly examplesRead: number
  readonly floatingPointOperations: number
}

/**
 * Leading-order operation counts of the closed form on n examples of size p with k targets and m points: Gram matrix
 * and cross terms n p (p + k), the features of every example where there is a map, one symmetric eigendecomposition 9 p³ where λ is searched, Cholesky p³/3, and the
 * distillation 4 m p k + 2 m² p.
 * @param searching operations of a method of many steps, beside those
 */
export function closedFormCost(
  statistics: Pick<Statistics, 'count' | 'inputSize' | 'targetSize'>,
  points: number,
  searched: boolean,
  features?: Pick<FeatureMap, 'operations'>,
  searching = 0,
): Cost {
  const { count: n, inputSize: p, targetSize: k } = statistics
  const gather = n * (p * (p + 2 * k) + (features?.operations ?? 0))
  const solve = (searched ? 9 * p ** 3 : 0) + p ** 3 / 3 + 2 * p * p * k
  const distil = 4 * points * p * k + 2 * points * points * p
  return {
    passes: 1,
    examplesRead: n,
    floatingPointOperations: Math.round(gather + solve + distil + searching),
  }
}

/**
 * Memory that a closed-form run needs at its peak, in bytes: the float64 Gram matrix and its copies (statistics,
 * preprocessed statistics, eigenvectors), the float32 block, the pool of raw examples and the runtime itself.
 */
export function estimateMemory(inputSize: number, targetSize: number, poolBytes: number): number {
  const side = inputSize + targetSize + 1
  return 90e6 + 8 * side * side * 5 + poolBytes
}

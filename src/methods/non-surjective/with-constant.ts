import { matrix, type Matrix } from '#core/matrix'
import type { SmoothMap } from './span-problem.ts'

/**
 * φ with a constant feature behind it. Rows of R^p lie in the span of features about their mean if and only if, with a
 * zero behind them, they lie in the span of these: ridge regression with an intercept needs no other method.
 * @param constant of the size of the features' length, so that rows scaled to length one keep both parts
 */
export function withConstant(map: SmoothMap, constant: number): SmoothMap {
  const { inputSize, featureSize } = map
  return {
    inputSize,
    featureSize: featureSize + 1,
    async linearise(inputs, blas, blur) {
      const { features, pushForward, pullBack } = await map.linearise(inputs, blas, blur)
      return {
        features: appended(features, constant),
        pushForward: async (tangents) => appended(await pushForward(tangents), 0),
        pullBack: (cotangent) => pullBack(withoutLast(cotangent)),
      }
    },
  }
}

/** Every row with one value more. */
export function appended({ rows, cols, data }: Matrix, value: number): Matrix {
  const result = matrix(rows, cols + 1)
  for (let i = 0; i < rows; i++) {
    result.data.set(data.subarray(i * cols, (i + 1) * cols), i * (cols + 1))
    result.data[i * (cols + 1) + cols] = value
  }
  return result
}

function withoutLast({ rows, cols, data }: Matrix): Matrix {
  const result = matrix(rows, cols - 1)
  for (let i = 0; i < rows; i++) {
    result.data.set(data.subarray(i * cols, (i + 1) * cols - 1), i * (cols - 1))
  }
  return result
}

import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from './ridge-model.ts'

/**
 * Scores f(x) = W x + b.
 * @param inputs n × p, preprocessed
 * @returns n × k
 */
export async function predict(
  { weight, bias }: Pick<RidgeModel, 'weight' | 'bias'>,
  inputs: Matrix,
  blas: Blas,
): Promise<Matrix> {
  const scores = await blas.gemm(inputs, weight, { transposeB: true })
  const k = weight.rows
  for (let i = 0; i < scores.rows; i++) {
    for (let c = 0; c < k; c++) scores.data[i * k + c] += bias[c]
  }
  return scores
}

/** Column of the largest entry of each row; the first of equals. */
export function argmaxRows({ rows, cols, data }: Matrix): Int32Array {
  const result = new Int32Array(rows)
  for (let i = 0; i < rows; i++) {
    let best = 0
    for (let j = 1; j < cols; j++) if (data[i * cols + j] > data[i * cols + best]) best = j
    result[i] = best
  }
  return result
}

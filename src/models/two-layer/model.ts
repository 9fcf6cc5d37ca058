import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { FirstLayer } from './first-layer.ts'
import { features } from './first-layer.ts'
import type { LinearPart } from './linear-part.ts'
import { column } from './linear-part.ts'
import { createRoom } from './room.ts'

/** f(x) = α + β·x + Σ a_l σ(w_l·x + b_l). */
export interface TwoLayerModel {
  readonly first: FirstLayer
  /** a, length L. */
  readonly second: Float64Array
  readonly linear: LinearPart
}

const blockRows = 2048

/**
 * f of every row, in blocks: memory beyond the result is that of one block of features.
 * @param inputs n × d, preprocessed
 */
export async function predictTwoLayer(
  { first, second, linear }: TwoLayerModel,
  inputs: Matrix,
  blas: Blas,
): Promise<Float64Array> {
  const room = createRoom()
  const result = new Float64Array(inputs.rows)
  for (let start = 0; start < inputs.rows; start += blockRows) {
    const rows = Math.min(blockRows, inputs.rows - start)
    const block = {
      rows,
      cols: inputs.cols,
      data: inputs.data.subarray(start * inputs.cols, (start + rows) * inputs.cols),
    }
    const hidden = await blas.gemm(await features(first, block, blas, room), column(second))
    const straight = await blas.gemm(block, column(linear.slope))
    for (let i = 0; i < rows; i++) result[start + i] = linear.offset + straight.data[i] + hidden.data[i]
  }
  return result
}

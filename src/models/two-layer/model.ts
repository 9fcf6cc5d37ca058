import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { FirstLayer } from './first-layer.ts'
import { features, projections } from './first-layer.ts'
import type { LinearPart } from './linear-part.ts'
import { column } from './linear-part.ts'
import type { Room } from './room.ts'
import { createRoom } from './room.ts'
import { outputThin } from './thin-layer.ts'

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
  room: Room = createRoom(),
): Promise<Float64Array> {
  const result = new Float64Array(inputs.rows)
  for (let start = 0; start < inputs.rows; start += blockRows) {
    const rows = Math.min(blockRows, inputs.rows - start)
    const block = {
      rows,
      cols: inputs.cols,
      data: inputs.data.subarray(start * inputs.cols, (start + rows) * inputs.cols),
    }
    const hidden = await hiddenOutput(first, second, block, { blas, room })
    const straight = await blas.gemm(block, column(linear.slope))
    for (let i = 0; i < rows; i++) result[start + i] = linear.offset + straight.data[i] + hidden[i]
  }
  return result
}

/** a·σ(W x + b) of every row. */
async function hiddenOutput(
  first: FirstLayer,
  second: Float64Array,
  inputs: Matrix,
  { blas, room }: { blas: Blas; room: Room },
): Promise<Float64Array> {
  const { thin, biases } = first
  if (thin) return outputThin(thin, await projections(first, inputs, blas, room), { biases, second })
  return (await blas.gemm(await features(first, inputs, blas, room), column(second))).data
}

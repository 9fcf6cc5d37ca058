import type { Matrix } from '#core/matrix'
import { rowsOf } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { FirstLayer } from './first-layer.ts'
import { activated, projections, sameProjections } from './first-layer.ts'
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
  model: TwoLayerModel,
  inputs: Matrix,
  blas: Blas,
  room?: Room,
): Promise<Float64Array> {
  const [outputs] = await predictTwoLayerModels([model], inputs, blas, room)
  return outputs
}

/** The same for several models: those of the same points or of the same linear part share its products. */
export async function predictTwoLayerModels(
  models: readonly TwoLayerModel[],
  inputs: Matrix,
  blas: Blas,
  room: Room = createRoom(),
): Promise<Float64Array[]> {
  const results = models.map(() => new Float64Array(inputs.rows))
  for (let start = 0; start < inputs.rows; start += blockRows) {
    const block = rowsOf(inputs, start, Math.min(start + blockRows, inputs.rows))
    let z: Matrix | undefined
    let straight: Matrix | undefined
    for (const [m, model] of models.entries()) {
      const { first, linear } = model
      const { first: before, linear: lineBefore } = models[Math.max(0, m - 1)]
      if (!z || !sameProjections(first, before)) z = await projections(first, block, blas, room)
      if (!straight || linear.slope !== lineBefore.slope)
        straight = await blas.gemm(block, column(linear.slope))
      const hidden = await hiddenOutput(model, z, blas, room)
      for (let i = 0; i < block.rows; i++) {
        results[m][start + i] = linear.offset + straight.data[i] + hidden[i]
      }
    }
  }
  return results
}

/** a·σ(W x + b) of every row, from its projections. */
async function hiddenOutput(
  { first, second }: TwoLayerModel,
  z: Matrix,
  blas: Blas,
  room: Room,
): Promise<Float64Array> {
  const { thin, biases } = first
  if (thin) return outputThin(thin, z, { biases, second })
  const phi = await activated(first, z, room.take('features', z.rows, biases.length))
  return (await blas.gemm(phi, column(second))).data
}

import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { FirstLayer } from './first-layer.ts'
import { projections } from './first-layer.ts'
import type { Room } from './room.ts'

/** Numbers kept, of all blocks together. */
const keptValues = 4e6

/**
 * Projections of the blocks of a pass, by the block's index; a second pass finds those of thin layers as the first left
 * them, as far as they are few.
 */
export type KeptProjections = (block: number, inputs: Matrix) => Promise<Matrix>

export function createKeptProjections(layer: FirstLayer, blas: Blas, room: Room): KeptProjections {
  const kept = new Map<number, Matrix>()
  let values = 0
  return async (block, inputs) => {
    const known = kept.get(block)
    if (known) return known
    const size = inputs.rows * (layer.thin?.points.rows ?? Infinity)
    if (values + size > keptValues) return projections(layer, inputs, blas, room)
    values += size
    const made = await projections(layer, inputs, blas, room, `projections ${block}`)
    kept.set(block, made)
    return made
  }
}

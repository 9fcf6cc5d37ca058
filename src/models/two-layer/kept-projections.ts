import type { Matrix } from '#core/matrix'
import { rowsOf } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { Passes } from './examples.ts'
import type { FirstLayer } from './first-layer.ts'
import { projections } from './first-layer.ts'
import type { Room } from './room.ts'

/** Numbers kept, of all blocks together. */
const keptValues = 4e6

/** Projections for several passes over the same blocks. */
export interface KeptProjections {
  /** Of a block by its index in the pass. Those of `all` are parts of it, good as long as nobody overwrites them. */
  of(block: number, inputs: Matrix): Promise<Matrix>
  /** Of all examples in one product, where they lie in memory and the layer is thin enough. */
  readonly all?: Matrix
}

export async function createKeptProjections(
  layer: FirstLayer,
  { held }: Passes,
  blas: Blas,
  room: Room,
): Promise<KeptProjections> {
  const { thin } = layer
  if (!held || !thin || held.inputs.rows * thin.points.rows > keptValues) {
    return { of: (_, inputs) => projections(layer, inputs, blas, room) }
  }
  const all = await projections(layer, held.inputs, blas, room, 'all projections')
  return {
    all,
    of: async (block, inputs) => {
      const start = block * held.blockRows
      return rowsOf(all, start, start + inputs.rows)
    },
  }
}

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
  const { inputs } = held
  const { points, scale } = thin
  const all = room.take('all projections', inputs.rows, points.rows)
  // A product as thin as this waits for memory: two threads with a half each are twice as fast as both on the whole.
  const lanes = blas.apart ?? blas
  const middle = Math.ceil(inputs.rows / 2)
  const halves = [
    [0, middle],
    [middle, inputs.rows],
  ].map(([from, to]) =>
    lanes.gemm(rowsOf(inputs, from, to), points, {
      transposeB: true,
      alpha: scale,
      c: rowsOf(all, from, to),
    }),
  )
  await Promise.all(halves)
  return {
    all,
    of: async (block, { rows }) => {
      const start = block * held.blockRows
      return rowsOf(all, start, start + rows)
    },
  }
}

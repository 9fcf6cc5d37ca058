import type { TileModule } from '#linalg/wasm/tile-module'
import { loadTileModule } from '#linalg/wasm/tile-module'
import type { ReluNetwork, RowProfile } from './relu-recursion.ts'
import { arcScale, inputSlope } from './relu-recursion.ts'

/** Rows from..to of `left` with all rows of `right`. */
export interface ReluTile {
  readonly left: RowProfile
  readonly right: RowProfile
  readonly from: number
  readonly to: number
}

/** Element-wise work on tiles of pairs, two at a time; each call is done when it returns. */
export interface ReluTiles {
  /** Products xᵀz of a tile become K, or Θ where `tangent`, in place. */
  forward(network: ReluNetwork, tile: ReluTile, tangent: boolean, values: Float64Array): void
  /**
   * The gradient with respect to K, or Θ, becomes that with respect to K_0, in place.
   * @param products xᵀz of the tile
   * @param equal whether left and right are the same rows, so that pairs (i, i) are exactly equal
   * @param ofVariances for each layer the gradient with respect to q(z), one value per column, layer after layer; added to
   */
  backward(
    network: ReluNetwork,
    tile: ReluTile,
    how: { readonly tangent: boolean; readonly equal: boolean },
    data: {
      readonly products: Float64Array
      readonly gradient: Float64Array
      readonly ofVariances: Float64Array
    },
  ): void
}

const routines = ['forward', 'backward'] as const

let loaded: Promise<ReluTiles> | undefined

/** Compiled once; its memory is as large as the largest tile so far. */
export function reluTiles(): Promise<ReluTiles> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<ReluTiles> {
  // Bundlers find the files by these literal URLs.
  return tilesOf(
    await loadTileModule(
      {
        simd: new URL('./wasm/relu-simd.wasm', import.meta.url),
        relaxed: new URL('./wasm/relu-relaxed.wasm', import.meta.url),
      },
      routines,
    ),
  )
}

function tilesOf({ room, run }: TileModule<(typeof routines)[number]>): ReluTiles {
  /** Room for the profiles of a tile, filled, and for `others`, with what every routine is called with first. */
  const prepare = (network: ReluNetwork, { left, right, from, to }: ReluTile, others: readonly number[]) => {
    const { depth, biasDeviation } = network
    const [rows, cols] = [to - from, right.variances[0].length]
    const sides = [rows, rows, cols, cols].map((count) => depth * count)
    const [leftInverses, leftDeviations, inverses, deviations, ...rest] = room([...sides, ...others])
    for (let level = 0; level < depth; level++) {
      leftInverses.view.set(left.inverses[level].subarray(from, to), level * rows)
      leftDeviations.view.set(left.deviations[level].subarray(from, to), level * rows)
      inverses.view.set(right.inverses[level], level * cols)
      deviations.view.set(right.deviations[level], level * cols)
    }
    const profiles = [leftInverses, leftDeviations, inverses, deviations].map(({ address }) => address)
    const inputs = [inputSlope(network, left.inputs), arcScale(network), biasDeviation ** 2]
    return { common: [rows, cols, depth, ...inputs, ...profiles], rest }
  }
  return {
    forward(network, tile, tangent, values) {
      const {
        common,
        rest: [k],
      } = prepare(network, tile, [values.length])
      k.view.set(values)
      run('forward', ...common, k.address, Number(tangent))
      values.set(k.view)
    },

    backward(network, tile, { tangent, equal }, { products, gradient, ofVariances }) {
      const lists = [products, gradient, ofVariances]
      const { common, rest } = prepare(
        network,
        tile,
        lists.map(({ length }) => length),
      )
      for (const [at, { view }] of rest.entries()) view.set(lists[at])
      const addresses = rest.map(({ address }) => address)
      run('backward', ...common, ...addresses, Number(tangent), equal ? tile.from : -1)
      gradient.set(rest[1].view)
      ofVariances.set(rest[2].view)
    },
  }
}

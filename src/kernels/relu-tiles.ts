import type { TileModule } from '#linalg/wasm/tile-module'
import { loadTileModule } from '#linalg/wasm/tile-module'
import type { ReluNetwork, RowProfile } from './relu-recursion.ts'
import { arcScale } from './relu-recursion.ts'

/** Rows from..to of `left` with all rows of `right`. */
export interface ReluTile {
  readonly left: RowProfile
  readonly right: RowProfile
  readonly from: number
  readonly to: number
}

/** Element-wise work on tiles of pairs, two at a time; each call is done when it returns. */
export interface ReluTiles {
  /** K_0 of a tile becomes K, or Θ where `tangent`, in place. */
  forward(network: ReluNetwork, tile: ReluTile, tangent: boolean, values: Float64Array): void
  /**
   * The gradient with respect to K, or Θ, becomes that with respect to K_0, in place.
   * @param covariances K_0 of the tile
   * @param equal whether left and right are the same rows, so that pairs (i, i) are exactly equal
   * @param ofVariances for each layer the gradient with respect to q(z), one value per column, added to
   */
  backward(
    network: ReluNetwork,
    tile: ReluTile,
    how: { readonly tangent: boolean; readonly equal: boolean },
    data: {
      readonly covariances: Float64Array
      readonly gradient: Float64Array
      readonly ofVariances: readonly Float64Array[]
    },
  ): void
}

const routines = ['advance', 'recall', 'retreat'] as const

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
  return {
    forward(network, { left, right, from, to }, tangent, values) {
      const rows = to - from
      const cols = right.variances[0].length
      const [k, t, leftInverses, leftDeviations, inverses, deviations] = room([
        values.length,
        tangent ? values.length : 0,
        rows,
        rows,
        cols,
        cols,
      ])
      k.view.set(values)
      if (tangent) t.view.set(values)
      for (let level = 0; level < network.depth; level++) {
        leftInverses.view.set(left.inverses[level].subarray(from, to))
        leftDeviations.view.set(left.deviations[level].subarray(from, to))
        inverses.view.set(right.inverses[level])
        deviations.view.set(right.deviations[level])
        run(
          'advance',
          ...[rows, cols, arcScale(network), network.biasDeviation ** 2],
          ...[leftInverses, leftDeviations, inverses, deviations, k].map(({ address }) => address),
          tangent ? t.address : 0,
        )
      }
      values.set((tangent ? t : k).view)
    },

    backward(network, { left, right, from, to }, { tangent, equal }, { covariances, gradient, ofVariances }) {
      const { depth } = network
      const rows = to - from
      const cols = right.variances[0].length
      const size = covariances.length
      const perLevel = [4 * size, rows, rows, cols, cols]
      const [k, t, ofVariance, ...levels] = room([
        size,
        size,
        cols,
        ...Array.from({ length: depth }, () => perLevel).flat(),
      ])
      const layers = Array.from({ length: depth }, (_, level) => {
        const [trace, leftInverses, leftDeviations, inverses, deviations] = levels.slice(
          level * perLevel.length,
          (level + 1) * perLevel.length,
        )
        return { trace, leftInverses, leftDeviations, inverses, deviations }
      })
      k.view.set(covariances)
      t.view.set(covariances)
      const alpha = arcScale(network)
      for (const [level, { trace, leftInverses, leftDeviations, inverses, deviations }] of layers.entries()) {
        leftInverses.view.set(left.inverses[level].subarray(from, to))
        leftDeviations.view.set(left.deviations[level].subarray(from, to))
        inverses.view.set(right.inverses[level])
        deviations.view.set(right.deviations[level])
        run(
          'recall',
          ...[rows, cols, alpha, network.biasDeviation ** 2],
          ...[leftInverses, leftDeviations, inverses, deviations, k, t, trace].map(({ address }) => address),
          equal ? from : -1,
        )
      }
      // The values themselves are no longer needed: their room takes the gradients.
      k.view.fill(0)
      t.view.fill(0)
      ;(tangent ? t : k).view.set(gradient)
      for (const [level, { trace, leftInverses, leftDeviations, inverses }] of [
        ...layers.entries(),
      ].toReversed()) {
        ofVariance.view.set(ofVariances[level])
        run(
          'retreat',
          ...[rows, cols, alpha],
          ...[leftInverses, leftDeviations, inverses, k, t, trace, ofVariance].map(({ address }) => address),
        )
        ofVariances[level].set(ofVariance.view)
      }
      for (let at = 0; at < size; at++) gradient[at] = k.view[at] + t.view[at]
    },
  }
}

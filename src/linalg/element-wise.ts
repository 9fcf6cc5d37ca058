import { loadTileModule } from './wasm/tile-module.ts'

const routines = ['bend', 'scaleBytes'] as const

let loaded: ReturnType<typeof load> | undefined

function load() {
  // Bundlers find the files by these literal URLs.
  return loadTileModule(
    {
      simd: new URL('./wasm/element-wise-simd.wasm', import.meta.url),
      relaxed: new URL('./wasm/element-wise-relaxed.wasm', import.meta.url),
    },
    routines,
  )
}

/** Elements that stay in a core's cache. */
const tileElements = 1 << 13

/** Loops that touch each element once, in a quarter of the time that JavaScript takes and with the same bits. */
export interface ElementWise {
  /** Multiplies what is below zero by the slope, in place. */
  bend(values: Float64Array, slope: number): void
  /**
   * scale · x + shift for bytes x, with a scale and a shift for each column.
   * @param bytes rows × columns, whole rows
   * @param into as long as `bytes`
   */
  scaleBytes(bytes: Uint8Array, scale: Float64Array, shift: Float64Array, into: Float64Array): void
}

export async function elementWise(): Promise<ElementWise> {
  const { run, room } = await (loaded ??= load())
  return {
    bend(values, slope) {
      for (let from = 0; from < values.length; from += tileElements) {
        const part = values.subarray(from, from + tileElements)
        const [tile] = room([part.length])
        tile.view.set(part)
        run('bend', part.length, slope, tile.address)
        part.set(tile.view)
      }
    },
    scaleBytes(bytes, scale, shift, into) {
      const cols = scale.length
      if (cols === 0) return
      const step = cols * Math.max(1, Math.floor(tileElements / cols))
      for (let from = 0; from < bytes.length; from += step) {
        const part = bytes.subarray(from, from + step)
        const places = room([cols, cols, part.length, Math.ceil(part.length / 8)])
        const [factors, terms, result, raw] = places
        factors.view.set(scale)
        terms.view.set(shift)
        new Uint8Array(raw.view.buffer, raw.address, part.length).set(part)
        const [a, b, c, d] = places.map(({ address }) => address)
        run('scaleBytes', part.length / cols, cols, d, a, b, c)
        into.set(result.view, from)
      }
    },
  }
}

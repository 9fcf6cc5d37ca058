import type { Matrix } from '#core/matrix'
import type { IndexedRandom } from '#core/random'
import type { TileModule } from '#linalg/wasm/tile-module'
import { loadTileModule } from '#linalg/wasm/tile-module'

/** `pairs`, two normals of chosen words, is for tests alone. */
export const normalRoutines = ['normals', 'project', 'pairs'] as const
export type NormalModule = TileModule<(typeof normalRoutines)[number]>

let loaded: Promise<NormalModule> | undefined

function load(): Promise<NormalModule> {
  // Bundlers find the files by these literal URLs.
  return loadTileModule(
    {
      simd: new URL('./wasm/normals-simd.wasm', import.meta.url),
      relaxed: new URL('./wasm/normals-relaxed.wasm', import.meta.url),
    },
    normalRoutines,
  )
}

/** In units in the last place of float64; wasm/normals.cpp derives it. */
const safeMargin = 64
/** Normals that stay in a core's cache until they are copied out. */
const tileElements = 1 << 13
/** Rows that the routines take at a time. */
const lanes = 4

/**
 * Writes x, rows × d, from position `from` of `inputs` on and z = B x, rows × r, to `along`: of each index the bits of
 * `seek` and `fillNormal`, and of a sum in the order of the inputs.
 */
export type NormalRows = (
  indices: Float64Array,
  inputs: Float32Array,
  from: number,
  along: Float64Array,
) => void

/**
 * Float32 normals for many indices, in a quarter of the time that `fillNormal` takes. WebAssembly draws them with a
 * logarithm, sine and cosine of its own, whose last bits are not those of `Math`; the few rows where that could make
 * another float of a normal are drawn again in JavaScript.
 * @param basis B, r × d
 * @param options for tests: another build, and the margin of doubt, a power of two (of 2²⁸ every row is drawn again)
 */
export async function normalRows(
  draws: IndexedRandom,
  { rows: r, cols: d, data }: Matrix,
  options: { module?: NormalModule; margin?: number } = {},
): Promise<NormalRows> {
  const { module, margin = safeMargin } = options
  const { run, room } = module ?? (await (loaded ??= load()))
  const most = lanes * Math.max(1, Math.floor(tileElements / (lanes * d)))
  return (indices, inputs, from, along) => {
    const tile = Math.min(most, wholeLanes(indices.length))
    const [key, wanted, marks, x, basis, z] = room([2, tile, tile / 2, (tile * d) / 2, r * d, tile * r])
    const normals = new Float32Array(x.view.buffer, x.address, tile * d)
    const doubtful = new Int32Array(marks.view.buffer, marks.address, tile)
    new Int32Array(key.view.buffer, key.address, 4).set(draws.key)
    basis.view.set(data)
    for (let start = 0; start < indices.length; start += tile) {
      const rows = Math.min(tile, indices.length - start)
      const filled = wholeLanes(rows)
      wanted.view.fill(0, rows)
      wanted.view.set(indices.subarray(start, start + rows))
      run('normals', filled, d, key.address, wanted.address, margin, x.address, marks.address)
      for (let i = 0; i < rows; i++) {
        if (doubtful[i] === 0) continue
        draws.seek(indices[start + i])
        draws.fillNormal(normals, i * d, d)
      }
      run('project', filled, d, r, x.address, basis.address, z.address)
      inputs.set(normals.subarray(0, rows * d), from + start * d)
      along.set(z.view.subarray(0, rows * r), start * r)
    }
  }
}

function wholeLanes(rows: number): number {
  return lanes * Math.ceil(rows / lanes)
}

import type { AnyMatrix, Matrix } from '#core/matrix'
import { isFloat32 } from '#core/matrix'
import { loadTileModule } from '#linalg/wasm/tile-module'

const routines = ['activateSingle', 'activateDouble', 'gate'] as const

let loaded: ReturnType<typeof load> | undefined

function load() {
  // Bundlers find the files by these literal URLs.
  return loadTileModule(
    {
      simd: new URL('./wasm/wide-layer-simd.wasm', import.meta.url),
      relaxed: new URL('./wasm/wide-layer-relaxed.wasm', import.meta.url),
    },
    routines,
  )
}

/** Projections that stay in a core's cache. */
const tileElements = 1 << 13

function tileRows({ rows, cols }: Matrix): number {
  return Math.max(1, Math.min(rows, Math.floor(tileElements / Math.max(1, cols))))
}

/**
 * [z + b]₊ of every projection, and beside each row [b − z]₊ of the mirrored neurons, written to `result`.
 * @param z n × P
 * @param biases length P, or 2P of a mirrored layer
 * @param result as many columns, or more, of which the others are then undefined
 */
export async function activateWide(
  z: Matrix,
  biases: Float64Array,
  mirrored: boolean,
  result: AnyMatrix,
): Promise<void> {
  const { run, room } = await (loaded ??= load())
  const { rows: n, cols: p } = z
  const { cols: width } = result
  const tile = tileRows(z)
  const single = isFloat32(result)
  const [along, b, features] = room([tile * p, biases.length, tile * width])
  const { buffer } = features.view
  const values = single ? new Float32Array(buffer, features.address, tile * width) : features.view
  b.view.set(biases)
  for (let from = 0; from < n; from += tile) {
    const rows = Math.min(tile, n - from)
    along.view.set(z.data.subarray(from * p, (from + rows) * p))
    const [zAt, bAt, featuresAt] = [along, b, features].map(({ address }) => address)
    run(single ? 'activateSingle' : 'activateDouble', rows, p, Number(mirrored), zAt, bAt, width, featuresAt)
    result.data.set(values.subarray(0, rows * width), from * width)
  }
}

/**
 * z ← y σ′(z) in place: 0 where z ≤ 0.
 * @param z n × P
 * @param targets y, length n
 */
export async function gateWide(z: Matrix, targets: Float64Array): Promise<void> {
  const { run, room } = await (loaded ??= load())
  const { rows: n, cols: p } = z
  const tile = tileRows(z)
  const [along, y] = room([tile * p, tile])
  for (let from = 0; from < n; from += tile) {
    const rows = Math.min(tile, n - from)
    const part = z.data.subarray(from * p, (from + rows) * p)
    along.view.set(part)
    y.view.set(targets.subarray(from, from + rows))
    run('gate', rows, p, along.address, y.address)
    part.set(along.view.subarray(0, rows * p))
  }
}

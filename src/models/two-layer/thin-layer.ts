import type { AnyMatrix, Matrix } from '#core/matrix'
import { isFloat32, transpose } from '#core/matrix'
import { loadTileModule } from '#linalg/wasm/tile-module'

/**
 * A mirrored first layer whose P rows are combinations of M1 < d points, rows = scale · pattern · points: it is known by
 * the products t = scale · x · points of an example, and never needs the d inputs again.
 */
export interface ThinLayer {
  /** P × M1 */
  readonly pattern: Matrix
  readonly scale: number
  /** M1 × d */
  readonly points: Matrix
}

const routines = ['activateSingle', 'activateDouble', 'differentiate'] as const

let loaded: ReturnType<typeof load> | undefined

function load() {
  // Bundlers find the files by these literal URLs.
  return loadTileModule(
    {
      simd: new URL('./wasm/thin-layer-simd.wasm', import.meta.url),
      relaxed: new URL('./wasm/thin-layer-relaxed.wasm', import.meta.url),
    },
    routines,
  )
}

/** Features that stay in a core's cache until they are copied out. */
const tileElements = 1 << 14

function tileRows(p: number): number {
  return Math.max(1, Math.floor(tileElements / (2 * p)))
}

/**
 * σ(W x + b) of every row of t, written to `result`.
 * @param t n × M1
 * @param biases length 2P
 * @param result n × 2P
 */
export async function activateThin(
  { pattern }: ThinLayer,
  t: Matrix,
  biases: Float64Array,
  result: AnyMatrix,
): Promise<void> {
  const { run, room } = await (loaded ??= load())
  const { rows: p, cols: m } = pattern
  const tile = Math.min(tileRows(p), t.rows)
  const single = isFloat32(result)
  const size = tile * 2 * p
  const [k, b, along, features] = room([m * p, 2 * p, tile * m, single ? Math.ceil(size / 2) : size])
  k.view.set(transpose(pattern).data)
  b.view.set(biases)
  const values = single ? new Float32Array(features.view.buffer, features.address, size) : features.view
  for (let from = 0; from < t.rows; from += tile) {
    const rows = Math.min(tile, t.rows - from)
    along.view.set(t.data.subarray(from * m, (from + rows) * m))
    run(
      single ? 'activateSingle' : 'activateDouble',
      ...[rows, m, p, along.address, k.address, b.address, features.address],
    )
    result.data.set(values.subarray(0, rows * 2 * p), from * 2 * p)
  }
}

/**
 * Takes the output f = a·σ(W x + b) of every row of t from `residuals`, and leaves in t the slopes of f by the projections
 * z = W x, carried back through the pattern: Σ_l (a_l 1[z_l + b_l > 0] − a_{l+P} 1[b_{l+P} − z_l > 0]) pattern_l.
 * @param second a, length 2P
 */
export async function differentiateThin(
  { pattern }: ThinLayer,
  t: Matrix,
  { biases, second, residuals }: Readonly<Record<'biases' | 'second' | 'residuals', Float64Array>>,
): Promise<void> {
  const { run, room } = await (loaded ??= load())
  const { rows: p, cols: m } = pattern
  const tile = Math.min(tileRows(p), t.rows)
  const [k, b, a, slopes, along, outputs, back] = room([
    ...[m * p, 2 * p, 2 * p, 2 * p],
    ...[tile * m, tile, tile * m],
  ])
  k.view.set(transpose(pattern).data)
  b.view.set(biases)
  a.view.set(second)
  for (let from = 0; from < t.rows; from += tile) {
    const rows = Math.min(tile, t.rows - from)
    along.view.set(t.data.subarray(from * m, (from + rows) * m))
    run(
      'differentiate',
      ...[rows, m, p],
      ...[along, k, b, a, slopes, outputs, back].map(({ address }) => address),
    )
    for (let i = 0; i < rows; i++) residuals[from + i] -= outputs.view[i]
    t.data.set(back.view.subarray(0, rows * m), from * m)
  }
}

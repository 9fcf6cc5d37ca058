import type { AnyMatrix, Matrix } from '#core/matrix'
import { isFloat32, matrix, matrix32, rowsOf, transpose } from '#core/matrix'
import type { TileRoom } from '#linalg/wasm/tile-module'
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

const routines = [
  'activateSingle',
  'activateDouble',
  'output',
  'differentiateSingle',
  'differentiateDouble',
] as const

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

/** Features of one block after another, in a memory of their own where products find them. */
export interface ThinFeatures {
  /**
   * σ(W x + b) of every row of t, computed in the element type; good until the next call.
   * @param t n × M1
   * @param biases length 2P
   * @param columns at least 2P; what lies behind the features is undefined
   * @returns n × columns
   */
  of(
    layer: ThinLayer,
    t: Matrix,
    biases: Float64Array,
    elements: 'float32' | 'float64',
    columns?: number,
  ): AnyMatrix
}

export async function createThinFeatures(): Promise<ThinFeatures> {
  return featuresIn(await load())
}

function featuresIn({ run, room }: Awaited<ReturnType<typeof load>>): ThinFeatures {
  return {
    of({ pattern }, t, biases, elements, columns = 2 * pattern.rows) {
      const { rows: p, cols: m } = pattern
      const { rows: n } = t
      const places = room([m * p, 2 * p, n * m, n * columns])
      const [k, b, along, features] = viewsOf(places, elements)
      k.set(transpose(pattern).data)
      b.set(biases)
      along.set(t.data)
      const [kAt, bAt, alongAt, featuresAt] = places.map(({ address }) => address)
      const routine = elements === 'float32' ? 'activateSingle' : 'activateDouble'
      run(routine, n, m, p, alongAt, kAt, bAt, columns, featuresAt)
      return features instanceof Float32Array ? matrix32(n, columns, features) : matrix(n, columns, features)
    },
  }
}

/**
 * σ(W x + b) of every row of t, written to `result` and computed in its element type.
 * @param t n × M1
 * @param biases length 2P
 * @param result n × 2P
 */
export async function activateThin(
  layer: ThinLayer,
  t: Matrix,
  biases: Float64Array,
  result: AnyMatrix,
): Promise<void> {
  const features = featuresIn(await (loaded ??= load()))
  const { rows: p } = layer.pattern
  const elements = isFloat32(result) ? 'float32' : 'float64'
  for (let from = 0; from < t.rows; from += tileRows(p)) {
    const tile = rowsOf(t, from, Math.min(from + tileRows(p), t.rows))
    result.data.set(features.of(layer, tile, biases, elements).data, from * 2 * p)
  }
}

/**
 * f = a·σ(W x + b) of every row of t.
 * @param t n × M1
 * @param second a, length 2P
 * @returns length n
 */
export async function outputThin(
  { pattern }: ThinLayer,
  t: Matrix,
  { biases, second }: Readonly<Record<'biases' | 'second', Float64Array>>,
): Promise<Float64Array> {
  const { run, room } = await (loaded ??= load())
  const { cols: m } = pattern
  const p = filledUp(pattern.rows)
  const tile = Math.min(tileRows(p), t.rows)
  const [k, b, a, along, outputs] = room([m * p, 2 * p, 2 * p, tile * m, tile])
  setRows(k.view, transpose(pattern).data, m)
  setRows(b.view, biases, 2)
  setRows(a.view, second, 2)
  const result = new Float64Array(t.rows)
  for (let from = 0; from < t.rows; from += tile) {
    const rows = Math.min(tile, t.rows - from)
    along.view.set(t.data.subarray(from * m, (from + rows) * m))
    run('output', ...[rows, m, p], ...[along, k, b, a, outputs].map(({ address }) => address))
    result.set(outputs.view.subarray(0, rows), from)
  }
  return result
}

/**
 * Takes the output f = a·σ(W x + b) of every row of t from `residuals`, and leaves in t the slopes of f by the projections
 * z = W x, carried back through the pattern: Σ_l (a_l 1[z_l + b_l > 0] − a_{l+P} 1[b_{l+P} − z_l > 0]) pattern_l.
 * @param second a, length 2P
 * @param elements in which it is computed
 */
export async function differentiateThin(
  { pattern }: ThinLayer,
  t: Matrix,
  { biases, second, residuals }: Readonly<Record<'biases' | 'second' | 'residuals', Float64Array>>,
  elements: 'float32' | 'float64' = 'float64',
): Promise<void> {
  const { run, room } = await (loaded ??= load())
  const { cols: m } = pattern
  const p = filledUp(pattern.rows)
  const tile = Math.min(tileRows(p), t.rows)
  const places = room([...[m * p, 2 * p, 2 * p, 2 * p], ...[tile * m, tile, tile * m]])
  const [k, b, a, , along, outputs, back] = viewsOf(places, elements)
  setRows(k, transpose(pattern).data, m)
  setRows(b, biases, 2)
  setRows(a, second, 2)
  const [kAt, bAt, aAt, slopesAt, alongAt, outputsAt, backAt] = places.map(({ address }) => address)
  const routine = elements === 'float32' ? 'differentiateSingle' : 'differentiateDouble'
  for (let from = 0; from < t.rows; from += tile) {
    const rows = Math.min(tile, t.rows - from)
    along.set(t.data.subarray(from * m, (from + rows) * m))
    run(routine, rows, m, p, alongAt, kAt, bAt, aAt, slopesAt, outputsAt, backAt)
    for (let i = 0; i < rows; i++) residuals[from + i] -= outputs[i]
    t.data.set(back.subarray(0, rows * m), from * m)
  }
}

/** Neurons with those of weight zero that fill whole vectors, in which the loops are twice as fast. */
function filledUp(p: number): number {
  const block = 16
  return Math.ceil(p / block) * block
}

/** The rows of `values`, each followed by as many zeros as it has room for. */
function setRows(room: Float32Array | Float64Array, values: Float64Array, rows: number): void {
  const [wide, narrow] = [room.length / rows, values.length / rows]
  room.fill(0)
  for (let i = 0; i < rows; i++) room.set(values.subarray(i * narrow, (i + 1) * narrow), i * wide)
}

/** As many numbers of the element type; in float32 half of each place stays empty. */
function viewsOf(
  places: readonly TileRoom[],
  elements: 'float32' | 'float64',
): (Float32Array | Float64Array)[] {
  if (elements === 'float64') return places.map(({ view }) => view)
  return places.map(({ address, view: { buffer, length } }) => new Float32Array(buffer, address, length))
}

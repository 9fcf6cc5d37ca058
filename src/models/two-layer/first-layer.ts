import type { AnyMatrix, Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { FirstPoints } from './gate.ts'
import { gates, meanRowNorm, scaled } from './gate.ts'
import type { Room } from './room.ts'
import { createRoom } from './room.ts'
import type { ThinLayer } from './thin-layer.ts'
import { activateThin } from './thin-layer.ts'
import { activateWide } from './wide-layer.ts'

/** The mean length of a trained first-layer row (0.7 to 1 serve alike); it sets the step size. */
export const rowLength = 0.8

/** A trained first layer with L neurons. */
export interface FirstLayer {
  /** P × d where `mirrored`: the layer is [rows; −rows], L = 2P. Else L × d. */
  readonly rows: Matrix
  readonly mirrored: boolean
  /** Length L. */
  readonly biases: Float64Array
  /** The same rows through the points, where two thin products are cheaper than a wide one. */
  readonly thin?: ThinLayer
}

/** Rows of the mean length ρ = 0.8, mirrored. */
export function mirroredLayer(directions: Matrix, biases: Float64Array): FirstLayer {
  return { rows: scaled(directions, rowLength / meanRowNorm(directions)), mirrored: true, biases }
}

/** One step of size η (and weight decay 1/η) of the neurons on distilled points: rows ±η v(w). */
export async function layerFromPoints(
  neurons: Matrix,
  first: FirstPoints,
  step: number,
  biases: Float64Array,
  blas: Blas,
): Promise<FirstLayer> {
  const { points } = first
  const scale = step / points.rows
  const pattern = await gates(neurons, first, blas)
  const rows = await blas.gemm(pattern, points, { alpha: scale })
  const isThin = points.rows * (points.cols + neurons.rows) < points.cols * neurons.rows
  return { rows, mirrored: true, biases, ...(isThin && { thin: { pattern, scale, points } }) }
}

/**
 * What the features of inputs follow from: t of a thin layer, n × M1, else W x of the stored rows, n × P where mirrored.
 * @param place of the result in the room
 */
export function projections(
  { thin, rows }: FirstLayer,
  inputs: Matrix,
  blas: Blas,
  room: Room = createRoom(),
  place = 'projections',
): Promise<Matrix> {
  const onto = thin?.points ?? rows
  const c = room.take(place, inputs.rows, onto.rows)
  return blas.gemm(inputs, onto, { transposeB: true, alpha: thin?.scale ?? 1, c })
}

/** Whether two layers follow from the same projections: students trained on the same points do. */
export function sameProjections({ thin: a }: FirstLayer, { thin: b }: FirstLayer): boolean {
  return a !== undefined && b !== undefined && a.points === b.points && a.scale === b.scale
}

/**
 * σ(W x + b): n × L. Callers bound n.
 * @param room where the work is done; the result is good until its next use
 */
export async function features(
  layer: FirstLayer,
  inputs: Matrix,
  blas: Blas,
  room: Room = createRoom(),
): Promise<Matrix> {
  const z = await projections(layer, inputs, blas, room)
  return activated(layer, z, room.take('features', z.rows, layer.biases.length))
}

/**
 * σ(W x + b) from the projections, written to `result`.
 * @param z as `projections` gives them
 * @param result n × L
 */
export async function activated<M extends AnyMatrix>(layer: FirstLayer, z: Matrix, result: M): Promise<M> {
  if (layer.thin) await activateThin(layer.thin, z, layer.biases, result)
  else await activateWide(z, layer.biases, layer.mirrored, result)
  return result
}

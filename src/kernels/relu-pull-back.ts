import type { Matrix } from '#core/matrix'
import { copyOf, matrix, rowsOf } from '#core/matrix'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'
import { blockRowsFor, tileRowsFor } from './product-blocks.ts'
import type { LayerTrace } from './relu-adjoint.ts'
import { layerTrace, recall, retreat } from './relu-adjoint.ts'
import type { ReluNetwork, RowProfile } from './relu-recursion.ts'
import { arcScale } from './relu-recursion.ts'

/** Two sets of rows and what is known of their pairs. */
export interface ReluPairs {
  readonly x: Matrix
  readonly z: Matrix
  readonly left: RowProfile
  readonly right: RowProfile
  /** K_0 = σ_w² xᵀz / d + σ_b², n × m. */
  readonly covariances: Matrix
}

/**
 * Gradient of Σ C_ij K(x_i, z_j) with respect to z: back through the layers to K_0 and to the variances q_0(z), tile by
 * tile of rows of x; while one block of rows is on its way back, that before it is multiplied.
 * @param tangent whether K is the tangent kernel Θ
 * @param equal whether x and z are the same rows, so that pairs (i, i) are exactly equal
 */
export async function pullBackThroughLayers(
  network: ReluNetwork,
  pairs: ReluPairs,
  cotangent: Matrix,
  { tangent, equal }: { readonly tangent: boolean; readonly equal: boolean },
  blas: Blas,
): Promise<Matrix> {
  const { depth, weightDeviation } = network
  const { x, z } = pairs
  const { rows: m, cols: d } = z
  const slope = weightDeviation ** 2 / d
  const tileRows = Math.min(x.rows, tileRowsFor(m))
  const room = wayBackRoom(depth, tileRows * m)
  const ofVariances = Array.from({ length: depth }, () => new Float64Array(m))
  const ofProducts = copyOf(cotangent)
  const gradient = matrix(m, d)
  let multiplied: Promise<unknown> = Promise.resolve()
  const rows = blockRowsFor(m)
  for (let from = 0; from < x.rows; from += rows) {
    const to = Math.min(from + rows, x.rows)
    for (let at = from; at < to; at += tileRows) {
      const end = Math.min(at + tileRows, to)
      wayBack(network, pairs, { from: at, to: end, tangent, equal }, ofProducts, room, ofVariances)
    }
    await multiplied
    const [weights, some] = [rowsOf(ofProducts, from, to), rowsOf(x, from, to)]
    multiplied = blas.gemm(weights, some, { transposeA: true, alpha: slope, beta: 1, c: gradient })
    await turn()
  }
  await multiplied
  addNormGradient(gradient, z, ofVariances, slope, weightDeviation ** 2 / 2)
  return gradient
}

/** What the way back of one tile of pairs writes on. */
interface WayBackRoom {
  readonly covariances: Float64Array
  readonly tangents: Float64Array
  readonly traces: readonly LayerTrace[]
}

function wayBackRoom(depth: number, values: number): WayBackRoom {
  return {
    covariances: new Float64Array(values),
    tangents: new Float64Array(values),
    traces: Array.from({ length: depth }, () => layerTrace(values)),
  }
}

/** Rows from..to of the gradient with respect to K: what goes in is changed to that with respect to K_0. */
function wayBack(
  network: ReluNetwork,
  { left, right, covariances, z }: ReluPairs,
  { from, to, tangent, equal }: { from: number; to: number; tangent: boolean; equal: boolean },
  gradient: Matrix,
  room: WayBackRoom,
  ofVariances: readonly Float64Array[],
): void {
  const [start, end] = [from * z.rows, to * z.rows]
  const [alpha, bias] = [arcScale(network), network.biasDeviation ** 2]
  const k = room.covariances.subarray(0, end - start)
  const t = room.tangents.subarray(0, end - start)
  k.set(covariances.data.subarray(start, end))
  t.set(k)
  const block = { left, right, from, to, alpha, bias }
  for (const [level, trace] of room.traces.entries()) recall({ ...block, level }, k, t, trace, equal)
  const given = gradient.data.subarray(start, end)
  // The values themselves are no longer needed: their room takes the gradients.
  k.fill(0)
  t.fill(0)
  ;(tangent ? t : k).set(given)
  for (const [level, trace] of [...room.traces.entries()].toReversed()) {
    retreat({ ...block, level }, k, t, trace, ofVariances[level])
  }
  for (let at = 0; at < given.length; at++) given[at] = k[at] + t[at]
}

/** q_l = (σ_w²/2)^l q_0 + …, and q_0 = σ_w² ‖z‖² / d + σ_b². */
function addNormGradient(
  gradient: Matrix,
  z: Matrix,
  ofVariances: readonly Float64Array[],
  slope: number,
  half: number,
): void {
  for (let j = 0; j < z.rows; j++) {
    const ofFirst = ofVariances.reduceRight((sum, values) => half * sum + values[j], 0)
    for (let at = j * z.cols; at < (j + 1) * z.cols; at++)
      gradient.data[at] += 2 * slope * ofFirst * z.data[at]
  }
}

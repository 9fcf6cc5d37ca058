import type { Matrix } from '#core/matrix'
import { matrix, rowsOf } from '#core/matrix'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'
import { blockRowsFor } from './product-blocks.ts'
import type { LayerTrace } from './relu-adjoint.ts'
import { layerTrace, recall, retreat } from './relu-adjoint.ts'
import type { LayerBlock, ReluNetwork } from './relu-recursion.ts'
import { arcScale, rowProfile } from './relu-recursion.ts'

/** Pairs whose way back is held at once, four values for each layer. */
const heldPairs = 2 ** 16

/**
 * Gradient of Σ C_ij K(x_i, z_j) with respect to z: back through the layers to K_0 = σ_w² xᵀz / d + σ_b² and to the
 * variances q_0(z), block by block of rows of x.
 * @param tangent whether K is the tangent kernel Θ
 * @param equal whether x and z are the same rows, so that pairs (i, i) are exactly equal
 */
export async function pullBackThroughLayers(
  network: ReluNetwork,
  { x, z, cotangent }: { readonly x: Matrix; readonly z: Matrix; readonly cotangent: Matrix },
  { tangent, equal }: { readonly tangent: boolean; readonly equal: boolean },
  blas: Blas,
): Promise<Matrix> {
  const { depth, weightDeviation, biasDeviation } = network
  const { rows: m, cols: d } = z
  const slope = weightDeviation ** 2 / d
  const bias = biasDeviation ** 2
  const left = rowProfile(x, network)
  const right = rowProfile(z, network)
  const rows = Math.min(x.rows, blockRowsFor(m, heldPairs))
  const traces = Array.from({ length: depth }, () => layerTrace(rows * m))
  const ofVariances = Array.from({ length: depth }, () => new Float64Array(m))
  const gradient = matrix(m, d)
  for (let from = 0; from < x.rows; from += rows) {
    const to = Math.min(from + rows, x.rows)
    const some = rowsOf(x, from, to)
    const products = await blas.gemm(some, z, { transposeB: true })
    const covariances = products.data.map((value) => slope * value + bias)
    const layers = traces.map((trace, level) => ({
      block: { level, left, right, from, to, alpha: arcScale(network), bias },
      trace,
    }))
    const here = cotangent.data.subarray(from * m, to * m)
    const ofProducts = wayBack(covariances, layers, { cotangent: here, tangent, equal }, ofVariances)
    const weights = matrix(to - from, m, ofProducts)
    await blas.gemm(weights, some, { transposeA: true, alpha: slope, beta: 1, c: gradient })
    await turn()
  }
  addNormGradient(gradient, z, ofVariances, slope, weightDeviation ** 2 / 2)
  return gradient
}

interface Layer {
  readonly block: LayerBlock
  readonly trace: LayerTrace
}

/** Gradient with respect to K_0 of a block. */
function wayBack(
  covariances: Float64Array,
  layers: readonly Layer[],
  { cotangent, tangent, equal }: { cotangent: Float64Array; tangent: boolean; equal: boolean },
  ofVariances: readonly Float64Array[],
): Float64Array {
  const tangents = covariances.slice()
  for (const { block, trace } of layers) recall(block, covariances, tangents, trace, equal)
  const ofK = tangent ? new Float64Array(cotangent.length) : cotangent.slice()
  const ofT = tangent ? cotangent.slice() : new Float64Array(cotangent.length)
  for (const { block, trace } of layers.toReversed()) {
    retreat(block, ofK, ofT, trace, ofVariances[block.level])
  }
  for (let at = 0; at < ofK.length; at++) ofK[at] += ofT[at]
  return ofK
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

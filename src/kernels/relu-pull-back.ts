import type { Matrix } from '#core/matrix'
import { copyOf, matrix, rowsOf } from '#core/matrix'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'
import { ahead, blockRowsFor, tileRowsFor } from './product-blocks.ts'
import type { ReluNetwork, RowProfile } from './relu-recursion.ts'
import { inputSlope } from './relu-recursion.ts'
import { reluTiles } from './relu-tiles.ts'

/** Two sets of rows and what is known of their pairs. */
export interface ReluPairs {
  readonly x: Matrix
  readonly z: Matrix
  readonly left: RowProfile
  readonly right: RowProfile
  /** xᵀz, n × m. */
  readonly products: Matrix
}

/**
 * Gradient of Σ C_ij K(x_i, z_j) with respect to z: back through the layers to K_0 and to the variances q_0(z), tile by
 * tile of rows of x; while one block of rows is on its way back, those before it are multiplied.
 * @param how `tangent`: whether K is the tangent kernel Θ; `equal`: whether x and z are the same rows
 */
export async function pullBackThroughLayers(
  network: ReluNetwork,
  pairs: ReluPairs,
  cotangent: Matrix,
  how: { readonly tangent: boolean; readonly equal: boolean },
  blas: Blas,
): Promise<Matrix> {
  const { depth, weightDeviation } = network
  const { x, z, left, right, products } = pairs
  const { rows: m, cols: d } = z
  const slope = inputSlope(network, d)
  const tiles = await reluTiles()
  const tileRows = tileRowsFor(m)
  const ofVariances = new Float64Array(depth * m)
  const ofProducts = copyOf(cotangent)
  const lanes = blas.apart ?? blas
  // Blocks are added up in turns to as many sums as products run beside one another.
  const sums = Array.from({ length: blas.apart ? ahead : 1 }, () => ({
    gradient: matrix(m, d),
    multiplied: Promise.resolve<unknown>(undefined),
  }))
  const rows = blockRowsFor(m)
  for (let from = 0; from < x.rows; from += rows) {
    const to = Math.min(from + rows, x.rows)
    for (let at = from; at < to; at += tileRows) {
      const end = Math.min(at + tileRows, to)
      const part = ({ data }: Matrix) => data.subarray(at * m, end * m)
      const data = { products: part(products), gradient: part(ofProducts), ofVariances }
      tiles.backward(network, { left, right, from: at, to: end }, how, data)
    }
    const sum = sums[(from / rows) % sums.length]
    await sum.multiplied
    const [weights, some] = [rowsOf(ofProducts, from, to), rowsOf(x, from, to)]
    const product = lanes.gemm(weights, some, { transposeA: true, alpha: slope, beta: 1, c: sum.gradient })
    // A failure is thrown where the product is awaited; until then it must not count as unhandled.
    product.catch(() => undefined)
    sum.multiplied = product
    await turn()
  }
  await Promise.all(sums.map(({ multiplied }) => multiplied))
  const [{ gradient }, ...others] = sums
  for (const other of others) {
    for (let at = 0; at < gradient.data.length; at++) gradient.data[at] += other.gradient.data[at]
  }
  addNormGradient(gradient, z, ofVariances, slope, weightDeviation ** 2 / 2)
  return gradient
}

/** q_l = (σ_w²/2)^l q_0 + …, and q_0 = σ_w² ‖z‖² / d + σ_b². */
function addNormGradient(
  gradient: Matrix,
  z: Matrix,
  ofVariances: Float64Array,
  slope: number,
  half: number,
): void {
  for (let j = 0; j < z.rows; j++) {
    let ofFirst = 0
    for (let at = ofVariances.length - z.rows + j; at >= 0; at -= z.rows)
      ofFirst = half * ofFirst + ofVariances[at]
    for (let at = j * z.cols; at < (j + 1) * z.cols; at++)
      gradient.data[at] += 2 * slope * ofFirst * z.data[at]
  }
}

import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { Kernel } from './kernel.ts'
import { changedProducts, mirror, plusTransposed, tileRowsFor } from './product-blocks.ts'
import { pullBackThroughLayers } from './relu-pull-back.ts'
import type { ReluNetwork, RowProfile } from './relu-recursion.ts'
import { rowProfile } from './relu-recursion.ts'
import { reluTiles } from './relu-tiles.ts'

export const reluParameters = z.strictObject({
  depth: z.int().min(1).max(16).default(1).describe('Hidden layers.'),
  weightDeviation: z
    .number()
    .positive()
    .default(Math.SQRT2)
    .describe('σ_w: weights are N(0, σ_w² / inputs).'),
  biasDeviation: z.number().min(0).default(0.1).describe('σ_b: biases are N(0, σ_b²).'),
})

/**
 * The kernel of an infinitely wide fully connected ReLU network, `depth` hidden layers and a linear output layer: of
 * its function at initialisation (`nngp`) or of its training by gradient descent (`ntk`).
 */
export function fullyConnected(id: 'nngp' | 'ntk', network: ReluNetwork): Kernel {
  const { depth, weightDeviation, biasDeviation } = network
  const tangent = id === 'ntk'

  /** K of every pair; the products xᵀz are written to `kept` where they are wanted on the way back. */
  const gramOf = async (
    x: Matrix,
    points: Matrix,
    { profiles, kept }: { profiles: () => { left: RowProfile; right: RowProfile }; kept?: Matrix },
    blas: Blas,
  ) => {
    const rows = tileRowsFor(points.rows)
    const tiles = await reluTiles()
    return changedProducts(x, points, blas, () => {
      const { left, right } = profiles()
      return ({ data, cols }, first, last) => {
        for (let from = first; from < last; from += rows) {
          const to = Math.min(from + rows, last)
          const values = data.subarray(from * cols, to * cols)
          kept?.data.set(values, from * cols)
          tiles.forward(network, { left, right, from, to }, tangent, values)
        }
      }
    })
  }
  const diagonalOf = ({ tangents, variances }: RowProfile) => (tangent ? tangents : variances)[depth]

  return {
    id,
    parameters: { depth, weightDeviation, biasDeviation },
    gram: (x, points, blas) => gramOf(x, points, { profiles: profilesOf(x, points, network) }, blas),
    async symmetricGram(x, blas) {
      const profiles = profilesOf(x, x, network)
      const result = await gramOf(x, x, { profiles }, blas)
      mirror(result)
      diagonalOf(profiles().left).forEach((value, i) => (result.data[i * x.rows + i] = value))
      return result
    },
    diagonal: async (x) => diagonalOf(rowProfile(x, network)),
    async linearise(x, z, blas) {
      const profiles = profilesOf(x, z, network)
      const products = matrix(x.rows, z.rows)
      const gram = await gramOf(x, z, { profiles, kept: products }, blas)
      return {
        gram,
        pullBack: (cotangent) => {
          const pairs = { x, z, ...profiles(), products }
          return pullBackThroughLayers(network, pairs, cotangent, { tangent, equal: false }, blas)
        },
      }
    },
    async symmetricPullBack(x, cotangent, blas) {
      const profile = rowProfile(x, network)
      const products = await blas.gemm(x, x, { transposeB: true })
      const pairs = { x, z: x, left: profile, right: profile, products }
      const both = plusTransposed(cotangent)
      return pullBackThroughLayers(network, pairs, both, { tangent, equal: true }, blas)
    },
  }
}

/** The profiles of both sets of rows, made when they are first asked for: their products need not wait. */
function profilesOf(
  x: Matrix,
  z: Matrix,
  network: ReluNetwork,
): () => { left: RowProfile; right: RowProfile } {
  let made: { left: RowProfile; right: RowProfile } | undefined
  return () => {
    if (made) return made
    const left = rowProfile(x, network)
    made = { left, right: z === x ? left : rowProfile(z, network) }
    return made
  }
}

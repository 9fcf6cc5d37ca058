import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { Kernel } from './kernel.ts'
import { changedProducts, mirror, plusTransposed } from './product-blocks.ts'
import { pullBackThroughLayers } from './relu-pull-back.ts'
import type { ReluNetwork, RowProfile } from './relu-recursion.ts'
import { advance, arcScale, rowProfile } from './relu-recursion.ts'

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
  const alpha = arcScale(network)
  const bias = biasDeviation ** 2

  const gramOf = (x: Matrix, points: Matrix, left: RowProfile, right: RowProfile, blas: Blas) => {
    const slope = weightDeviation ** 2 / x.cols
    return changedProducts(x, points, blas, ({ data, cols }, from, to) => {
      const [start, end] = [from * cols, to * cols]
      for (let at = start; at < end; at++) data[at] = slope * data[at] + bias
      const k = tangent ? data.slice(start, end) : data.subarray(start, end)
      const t = tangent ? data.subarray(start, end) : undefined
      for (let level = 0; level < depth; level++) advance({ level, left, right, from, to, alpha, bias }, k, t)
    })
  }
  const diagonalOf = ({ tangents, variances }: RowProfile) => (tangent ? tangents : variances)[depth]

  return {
    id,
    parameters: { depth, weightDeviation, biasDeviation },
    gram: (x, points, blas) => gramOf(x, points, rowProfile(x, network), rowProfile(points, network), blas),
    async symmetricGram(x, blas) {
      const profile = rowProfile(x, network)
      const result = await gramOf(x, x, profile, profile, blas)
      mirror(result)
      diagonalOf(profile).forEach((value, i) => (result.data[i * x.rows + i] = value))
      return result
    },
    diagonal: async (x) => diagonalOf(rowProfile(x, network)),
    pullBack: (x, points, cotangent, blas) =>
      pullBackThroughLayers(network, { x, z: points, cotangent }, { tangent, equal: false }, blas),
    symmetricPullBack: (x, cotangent, blas) =>
      pullBackThroughLayers(
        network,
        { x, z: x, cotangent: plusTransposed(cotangent) },
        { tangent, equal: true },
        blas,
      ),
  }
}

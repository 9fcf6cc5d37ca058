import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { FeatureMap, FeatureMapKind, Surjectivity } from './feature-map.ts'
import { distributions, drawWeights } from './random-weights.ts'
import { inputSizeOf, parseOptions, weightsFor } from './requests.ts'
import { residual } from './residual.ts'

const size = z.int().min(1)

const options = z.strictObject({
  width: size.optional().describe('Units of every layer; default: as many as inputs.'),
  depth: z.int().min(1).max(64).default(2).describe('Number of layers.'),
  widths: z.array(size).min(1).optional().describe('Units of each layer, instead of width and depth.'),
  distribution: z
    .enum(distributions)
    .default('gaussian')
    .describe('gaussian: N(0, 1/inputs). orthogonal: orthonormal rows or columns.'),
})

/**
 * A deep linear network, φ(x) = M x with M = W_L … W_1 (p × d); the features may outnumber the inputs.
 * Weights: `layer1.weight` (outputs × inputs), …
 *
 * W can be distilled iff its rows lie in the range of M, for every m and λ_S; then m = k points are enough. A W that
 * was trained on these features lies there for every λ ≥ 0. (Theorem 5.3 of Chen, Huang, Weng 2024 asks for k + 1
 * points under two conditions that exclude one another.)
 */
export const linearNet: FeatureMapKind = {
  id: 'linear-net',
  title: 'Deep linear network',
  source: 'Chen, Huang, Weng 2024, Theorem 5.3, corrected',
  options,
  async create(request, blas) {
    const parsed = parseOptions('linear-net', options, request.options)
    const inputSize = inputSizeOf(request.inputShape)
    const widths = parsed.widths ?? Array.from({ length: parsed.depth }, () => parsed.width ?? inputSize)
    const { distribution } = parsed
    const sizes = [inputSize, ...widths]
    const featureSize = widths[widths.length - 1]
    const names = widths.map((_, l) => `layer${l + 1}.weight`)
    const weights = await weightsFor(
      'linear-net',
      request,
      Object.fromEntries(names.map((name, l) => [name, [widths[l], sizes[l]] as const])),
      (name, rows, cols, seed) => drawWeights(rows, cols, distribution, seed, ['linear-net', name], blas),
    )
    let product = weights[names[0]]
    for (const name of names.slice(1)) product = await blas.gemm(weights[name], product)

    let decomposed: Promise<Decomposition> | undefined
    const decomposition = (provider: Blas) => (decomposed ??= decompose(product, names.length, provider))
    const forward: FeatureMap['forward'] = (inputs, provider, into) =>
      provider.gemm(inputs, product, { transposeB: true, c: into })
    const given = request.weights !== undefined && request.seed === undefined
    const rank = given ? (await decomposition(blas)).rank : Math.min(...sizes)
    return {
      id: 'linear-net',
      inputShape: request.inputShape,
      inputSize,
      featureSize,
      operations: 2 * product.data.length,
      parameters: { widths, distribution },
      seed: request.seed,
      surjective: surjectivity(rank, featureSize, given),
      forward,
      pullBack: (_inputs, cotangent, provider) => provider.gemm(cotangent, product),
      pushForward: (_inputs, tangents, provider) => forward(tangents, provider),
      linearise: async (inputs, provider) => ({
        features: await forward(inputs, provider),
        pushForward: (tangents) => forward(tangents, provider),
        pullBack: (cotangent) => provider.gemm(cotangent, product),
      }),
      async rightInverse(features, provider) {
        const { left, values, right } = await decomposition(provider)
        const coordinates = await provider.gemm(features, left)
        for (let at = 0; at < coordinates.data.length; at++)
          coordinates.data[at] /= values[at % coordinates.cols]
        const points = await provider.gemm(coordinates, right)
        return { points, scale: 1, residual: residual(await forward(points, provider), features, 1) }
      },
      async projectOntoRange(rows, provider) {
        const { left } = await decomposition(provider)
        return provider.gemm(await provider.gemm(rows, left), left, { transposeB: true })
      },
      async conditions(provider) {
        const { largest, smallest } = await decomposition(provider)
        return [{ name: 'product', rows: featureSize, cols: inputSize, largest, smallest }]
      },
      weights: () => weights,
    }
  },
}

/** M = left · diag(values) · right, without the singular values that are zero. */
interface Decomposition {
  readonly rank: number
  /** p × r. */
  readonly left: Matrix
  readonly values: Float64Array
  /** r × d. */
  readonly right: Matrix
  readonly largest: number
  /** The min(p, d)-th singular value, 0 below full rank. */
  readonly smallest: number
}

async function decompose(product: Matrix, depth: number, blas: Blas): Promise<Decomposition> {
  const { u, values, vt } = await blas.svd(product)
  const negligible = depth * Math.max(product.rows, product.cols) * Number.EPSILON * values[0]
  const rank = values.filter((value) => value > negligible).length
  const left = matrix(product.rows, rank)
  for (let i = 0; i < product.rows; i++) {
    left.data.set(u.data.subarray(i * u.cols, i * u.cols + rank), i * rank)
  }
  return {
    rank,
    left,
    values: values.slice(0, rank),
    right: matrix(rank, product.cols, vt.data.slice(0, rank * product.cols)),
    largest: values[0],
    smallest: rank === values.length ? values[rank - 1] : 0,
  }
}

function surjectivity(rank: number, featureSize: number, measured: boolean): Surjectivity {
  if (rank < featureSize) {
    return {
      holds: 'never',
      upToScale: false,
      reason: `features lie in a subspace of dimension ${rank} of ${featureSize}; a W that was trained on them lies there too`,
    }
  }
  return measured
    ? {
        holds: 'always',
        upToScale: true,
        reason: `the product of the layers has full row rank ${rank}, as measured`,
      }
    : {
        holds: 'almost surely',
        upToScale: true,
        reason:
          'no layer is narrower than the features, and random weights have full rank with probability one',
      }
}

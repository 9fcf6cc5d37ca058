import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import { copyOf, matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import { inRuns } from './activation.ts'
import { cosineInPlace } from './cosine.ts'
import { denseLayer } from './dense-layer.ts'
import type { FeatureMap, FeatureMapKind, Surjectivity } from './feature-map.ts'
import { gaussianMatrix } from './random-weights.ts'
import { inputSizeOf, parseOptions, weightsFor } from './requests.ts'
import { largestMagnitude, residual } from './residual.ts'
import { measuredRank } from './surjectivity.ts'

const options = z.strictObject({
  width: z.int().min(1).optional().describe('Number of features; default: as many as inputs.'),
  variance: z
    .number()
    .positive()
    .default(1000)
    .describe('σ² of the Gaussian kernel exp(−‖x − x′‖² / (2σ²)) that the features approximate.'),
})

/**
 * Random Fourier features, φ(x) = √(2/p) cos(A x + b) with A ~ N(0, 1/σ²) and b uniform on [0, 2π).
 * Weights: `frequencies` (p × d), `phases` (1 × p).
 *
 * They reach only |φ_i| ≤ √(2/p), so the inverse is of Φ/c with c = √(p/2) max|Φ|. Dividing the labels by c as well
 * (and λ_S by c²) gives back W itself; the paper keeps the labels and gets cW.
 */
export const fourier: FeatureMapKind = {
  id: 'fourier',
  title: 'Random Fourier features',
  source:
    'Rahimi, Recht, NeurIPS 2007; Chen, Huang, Weng 2024, Examples 5.1–5.4, with the scale of the labels corrected',
  options,
  async create(request, blas) {
    const parsed = parseOptions('fourier', options, request.options)
    const inputSize = inputSizeOf(request.inputShape)
    const { width = inputSize, variance } = parsed
    const weights = await weightsFor(
      'fourier',
      request,
      { frequencies: [width, inputSize], phases: [1, width] },
      async (name, rows, cols, seed) => {
        if (name === 'frequencies') {
          return gaussianMatrix(rows, cols, 1 / Math.sqrt(variance), seed, 'fourier', name)
        }
        const random = randomStream(seed, 'features', 'fourier', name)
        return matrix(
          rows,
          cols,
          Float64Array.from({ length: cols }, () => 2 * Math.PI * random.uniform()),
        )
      },
    )
    const layer = denseLayer('frequencies', weights.frequencies)
    const phases = weights.phases.data
    const amplitude = Math.sqrt(2 / width)
    const given = request.weights !== undefined && request.seed === undefined
    const rank = given ? await measuredRank(layer, blas) : undefined

    const forward: FeatureMap['forward'] = async (inputs, provider, into) => {
      const angles = await layer.apply(inputs, provider, into)
      const { data, cols } = angles
      await inRuns(angles, (from, to) => {
        for (let row = from; row < to; row += cols) {
          for (let j = 0; j < cols; j++) data[row + j] += phases[j]
        }
        cosineInPlace(data, from, to, amplitude)
      })
      return angles
    }
    const linearise: NonNullable<FeatureMap['linearise']> = async (inputs, provider) => {
      const angles = await layer.apply(inputs, provider)
      const { data, cols } = angles
      const features = matrix(angles.rows, cols)
      await inRuns(angles, (from, to) => {
        for (let row = from; row < to; row += cols) {
          for (let j = 0; j < cols; j++) data[row + j] += phases[j]
        }
        features.data.set(data.subarray(from, to), from)
        cosineInPlace(features.data, from, to, amplitude)
        // −sin x = cos(x + π/2)
        for (let at = from; at < to; at++) data[at] += Math.PI / 2
        cosineInPlace(data, from, to, amplitude)
      })
      const timesSlopes = (a: Matrix) => {
        for (let at = 0; at < a.data.length; at++) a.data[at] *= data[at]
        return a
      }
      return {
        features,
        pushForward: async (tangents) => timesSlopes(await layer.apply(tangents, provider)),
        pullBack: (cotangent) => layer.applyTransposed(timesSlopes(copyOf(cotangent)), provider),
      }
    }
    return {
      id: 'fourier',
      inputShape: request.inputShape,
      inputSize,
      featureSize: width,
      operations: layer.operations,
      parameters: { width, variance },
      seed: request.seed,
      surjective: surjectivity(width, inputSize, rank?.holds === 'never' ? rank.reason : undefined),
      forward,
      linearise,
      pullBack: async (inputs, cotangent, provider) =>
        (await linearise(inputs, provider)).pullBack(cotangent),
      pushForward: async (inputs, tangents, provider) =>
        (await linearise(inputs, provider)).pushForward(tangents),
      async rightInverse(features, provider) {
        const scale = largestMagnitude(features) / amplitude || 1
        const angles = matrix(features.rows, features.cols)
        await inRuns(angles, (from, to) => {
          for (let at = from, j = 0; at < to; at++, j = j + 1 === width ? 0 : j + 1) {
            const cosine = features.data[at] / (scale * amplitude)
            angles.data[at] = Math.acos(Math.max(-1, Math.min(1, cosine))) - phases[j]
          }
        })
        const points = await layer.solve(angles, provider)
        return { points, scale, residual: residual(await forward(points, provider), features, scale) }
      },
      async conditions(provider) {
        return [{ name: layer.name, rows: width, cols: inputSize, ...(await layer.singularValues(provider)) }]
      },
      weights: () => weights,
    }
  },
}

function surjectivity(width: number, inputSize: number, deficient: string | undefined): Surjectivity {
  if (width > inputSize) {
    return {
      holds: 'never',
      upToScale: false,
      reason: `${width} features cannot all vary freely behind ${inputSize} inputs`,
    }
  }
  return {
    holds: 'never',
    upToScale: deficient === undefined,
    reason: deficient ?? `features lie within ±√(2/${width}); scaled into that box, all are reached`,
  }
}

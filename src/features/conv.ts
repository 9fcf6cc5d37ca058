import { z } from 'zod'
import type { Blas } from '#linalg/blas'
import type { ConvGeometry, ConvSettings } from './conv-geometry.ts'
import { convGeometry, patchSize, positions } from './conv-geometry.ts'
import { convInverse, convLayer } from './conv-layer.ts'
import type { FeatureMapKind } from './feature-map.ts'
import type { LinearLayer, NetworkLayer } from './network.ts'
import { networkMap } from './network.ts'
import type { Distribution } from './random-weights.ts'
import { distributions, drawWeights, gaussianMatrix } from './random-weights.ts'
import { inputSizeOf, parseOptions, unfit, weightsFor } from './requests.ts'
import type { Onto } from './surjectivity.ts'
import { measuredRank, moreOutputs, networkSurjectivity } from './surjectivity.ts'

const positive = z.int().min(1)

const options = z.strictObject({
  depth: z.int().min(1).max(64).default(1).describe('Number of layers.'),
  channels: positive
    .optional()
    .describe(
      'Filters of every layer; default: stride² times the channels that come in, which keeps the size.',
    ),
  kernel: positive.default(2).describe('Side of the square kernel.'),
  stride: positive.default(2).describe('Step between positions of the kernel.'),
  padding: z.int().min(0).default(0).describe('Zeros added on every side.'),
  layers: z
    .array(
      z.strictObject({
        channels: positive,
        kernel: positive,
        stride: positive.default(1),
        padding: z.int().min(0).default(0),
      }),
    )
    .min(1)
    .optional()
    .describe('Every layer by itself, instead of the five settings above.'),
  slope: z
    .number()
    .min(0)
    .default(0.1)
    .describe('Slope of LeakyReLU on negatives; 0 is ReLU, 1 leaves the layers linear.'),
  distribution: z
    .enum(distributions)
    .default('gaussian')
    .describe('gaussian: N(0, 1/patch size). orthogonal: orthonormal filters.'),
  bias: z.boolean().default(false).describe('Add a random bias N(0, 1/patch size) to every filter.'),
})

/**
 * Convolution layers with LeakyReLU, channels last; features are the last layer's values in the order row, column, channel.
 * Weights: `layer1.weight` (filters × kernel·kernel·channels, columns in the order row, column, channel),
 * `layer1.bias` (1 × filters), …
 */
export const conv: FeatureMapKind = {
  id: 'conv',
  title: 'Convolutional network',
  source: 'Chen, Huang, Weng 2024, Examples 5.1–5.4 (theory only: the authors run none)',
  options,
  async create(request, blas) {
    const { inputShape } = request
    const { depth, channels, kernel, stride, padding, slope, distribution, bias, ...rest } = parseOptions(
      'conv',
      options,
      request.options,
    )
    if (inputShape.length !== 3) {
      throw unfit(
        'conv',
        `it needs images of height × width × channels; the inputs are ${inputShape.join(' × ')}`,
      )
    }
    const geometries: ConvGeometry[] = []
    let shape = inputShape
    for (let l = 0; l < (rest.layers?.length ?? depth); l++) {
      const uniform: ConvSettings = { channels: channels ?? stride ** 2 * shape[2], kernel, stride, padding }
      const geometry = convGeometry(shape, rest.layers?.[l] ?? uniform)
      geometries.push(geometry)
      shape = [geometry.outHeight, geometry.outWidth, geometry.outChannels]
    }

    const shapes: Record<string, [number, number]> = {}
    geometries.forEach((geometry, l) => {
      shapes[`layer${l + 1}.weight`] = [geometry.outChannels, patchSize(geometry)]
      if (bias) shapes[`layer${l + 1}.bias`] = [1, geometry.outChannels]
    })
    const weights = await weightsFor('conv', request, shapes, (name, rows, cols, seed) => {
      if (!name.endsWith('.bias')) return drawWeights(rows, cols, distribution, seed, ['conv', name], blas)
      const patch = shapes[name.replace('.bias', '.weight')][1]
      return gaussianMatrix(rows, cols, 1 / Math.sqrt(patch), seed, 'conv', name)
    })
    const layers = geometries.map((geometry, l): NetworkLayer => {
      const name = `layer${l + 1}`
      return {
        linear: convLayer(name, geometry, weights[`${name}.weight`]),
        bias: bias ? atEveryPosition(weights[`${name}.bias`].data, positions(geometry)) : undefined,
        activation: { name: 'leaky-relu', slope },
      }
    })
    const given = request.weights !== undefined && request.seed === undefined
    const ontos: Onto[] = []
    for (const [l, { linear }] of layers.entries()) {
      ontos.push(await convOnto(linear, geometries[l], given ? undefined : distribution, blas))
    }
    return {
      id: 'conv',
      inputShape,
      inputSize: inputSizeOf(inputShape),
      featureSize: layers[layers.length - 1].linear.outputs,
      parameters: {
        layers: geometries.map((geometry) => ({
          channels: geometry.outChannels,
          kernel: geometry.kernel,
          stride: geometry.stride,
          padding: geometry.padding,
        })),
        slope,
        distribution,
        bias,
      },
      seed: request.seed,
      surjective: networkSurjectivity(layers, ontos),
      ...networkMap(layers),
      weights: () => weights,
    }
  },
}

/**
 * Whether one layer is onto: by shape where patches do not overlap; else by its smallest singular value, because
 * overlapping patches can be onto in theory and singular to rounding; undecided where it is too large to measure.
 * @param distribution of random weights; absent where they were given
 */
async function convOnto(
  layer: LinearLayer,
  geometry: ConvGeometry,
  distribution: Distribution | undefined,
  blas: Blas,
): Promise<Onto> {
  if (layer.outputs > layer.inputs) return { holds: 'never', reason: moreOutputs(layer) }
  const inverse = convInverse(geometry)
  if (inverse === 'matrix' || (inverse === 'patches' && distribution === undefined)) {
    return measuredRank(layer, blas)
  }
  const { outChannels } = geometry
  if (inverse === 'patches') {
    const size = patchSize(geometry)
    if (outChannels > size) {
      return {
        holds: 'never',
        reason: `layer ${layer.name} makes ${outChannels} channels from patches of ${size} values`,
      }
    }
    return distribution === 'orthogonal'
      ? { holds: 'always', reason: `layer ${layer.name} has orthonormal filters on separate patches` }
      : { holds: 'almost surely', reason: `layer ${layer.name} is Gaussian on separate patches` }
  }
  return {
    holds: 'unknown',
    reason: `layer ${layer.name} is too large to measure, and overlapping patches may be singular to rounding`,
  }
}

function atEveryPosition(bias: Float64Array, count: number): Float64Array {
  return Float64Array.from({ length: bias.length * count }, (_, at) => bias[at % bias.length])
}

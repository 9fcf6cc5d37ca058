import { z } from 'zod'
import type { FeatureMapKind } from './feature-map.ts'
import { createLayeredMap } from './layered-map.ts'
import { distributions } from './random-weights.ts'
import { parseOptions, unfit } from './requests.ts'

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
 * Convolution layers with LeakyReLU, channels last; features are the last layer's values in the order row, column,
 * channel. Weights: `layer1.weight` (filters × kernel·kernel·channels, columns in the order row, column, channel),
 * `layer1.bias` (1 × filters), …
 */
export const conv: FeatureMapKind = {
  id: 'conv',
  title: 'Convolutional network',
  source: 'Chen, Huang, Weng 2024, Examples 5.1–5.4 (theory only: the authors run none)',
  options,
  async create(request, blas) {
    const parsed = parseOptions('conv', options, request.options)
    const { depth, channels, kernel, stride, padding, slope, distribution, bias } = parsed
    if (request.inputShape.length !== 3) {
      const found = request.inputShape.join(' × ')
      throw unfit('conv', `it needs images of height × width × channels; the inputs are ${found}`)
    }
    const uniform = Array.from({ length: depth }, (_, l) => ({
      channels: channels ?? request.inputShape[2] * stride ** (2 * (l + 1)),
      kernel,
      stride,
      padding,
    }))
    const layers = parsed.layers ?? uniform
    const activation = { name: 'leaky-relu', slope } as const
    return createLayeredMap(
      {
        id: 'conv',
        layers: layers.map((layer) => ({ type: 'conv', ...layer, activation, bias })),
        parameters: { layers, slope, distribution, bias },
        distribution,
      },
      request,
      blas,
    )
  },
}

import { z } from 'zod'
import type { FeatureMapKind } from './feature-map.ts'
import { createLayeredMap } from './layered-map.ts'
import { distributions } from './random-weights.ts'
import { parseOptions } from './requests.ts'

const positive = z.int().min(1)

/** What comes after a linear layer. */
export const afterLayer = {
  activation: z
    .enum(['leaky-relu', 'relu', 'tanh', 'linear'])
    .default('leaky-relu')
    .describe('Function after the layer.'),
  slope: z.number().min(0).default(0.1).describe('Slope of LeakyReLU on negatives.'),
  bias: z.boolean().default(false).describe('Whether the layer has a bias.'),
}

const layer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('dense'), width: positive, ...afterLayer }),
  z.strictObject({
    type: z.literal('conv'),
    channels: positive,
    kernel: positive,
    stride: positive.default(1),
    padding: z.int().min(0).default(0),
    ...afterLayer,
  }),
])

const options = z.strictObject({
  layers: z
    .array(layer)
    .min(1)
    .describe(
      'The layers from input to features, convolutions first; images are flattened by the first dense layer.',
    ),
  distribution: z.enum(distributions).default('gaussian').describe('Of weights that are not given.'),
})

/**
 * Any sequence of convolutions and dense layers, with weights of one's own (`adoptNetwork`) or random ones. Names and
 * layouts of the weights are those of `conv` and `dense`.
 */
export const network: FeatureMapKind = {
  id: 'network',
  title: 'Network of your own',
  source: 'Chen, Huang, Weng 2024, Examples 5.1–5.4; Theorem 5.2 where a layer widens',
  options,
  async create(request, blas) {
    const { layers, distribution } = parseOptions('network', options, request.options)
    return createLayeredMap(
      {
        id: 'network',
        layers: layers.map((each) => ({
          ...each,
          activation:
            each.activation === 'relu'
              ? { name: 'leaky-relu', slope: 0 }
              : { name: each.activation, slope: each.slope },
        })),
        parameters: { layers, distribution },
        distribution,
      },
      request,
      blas,
    )
  },
}

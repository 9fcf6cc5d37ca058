import { z } from 'zod'
import { activationNames } from './activation.ts'
import type { FeatureMapKind } from './feature-map.ts'
import { createLayeredMap } from './layered-map.ts'
import { distributions } from './random-weights.ts'
import { inputSizeOf, parseOptions } from './requests.ts'

const size = z.int().min(1)

const options = z.strictObject({
  width: size.optional().describe('Units of every layer; default: as many as inputs.'),
  depth: z.int().min(1).max(64).default(1).describe('Number of layers.'),
  widths: z.array(size).min(1).optional().describe('Units of each layer, instead of width and depth.'),
  activation: z.enum(activationNames).default('leaky-relu').describe('Function after every layer.'),
  slope: z.number().min(0).default(0.1).describe('Slope of LeakyReLU on negatives; 0 is ReLU.'),
  distribution: z
    .enum(distributions)
    .default('gaussian')
    .describe('gaussian: N(0, 1/inputs). orthogonal: orthonormal rows, which invert without loss.'),
  bias: z.boolean().default(false).describe('Add random biases N(0, 1/inputs).'),
})

/**
 * A fully connected network, φ(x) = a(W_L … a(W_1 x + b_1) … + b_L).
 * Weights: `layer1.weight` (outputs × inputs), `layer1.bias` (1 × outputs), …
 */
export const dense: FeatureMapKind = {
  id: 'dense',
  title: 'Fully connected network',
  source: 'Chen, Huang, Weng 2024, Examples 5.1–5.4; Theorem 5.2 where a layer widens',
  options,
  async create(request, blas) {
    const parsed = parseOptions('dense', options, request.options)
    const { depth, width = inputSizeOf(request.inputShape), slope, distribution, bias } = parsed
    const widths = parsed.widths ?? Array.from({ length: depth }, () => width)
    const activation = { name: parsed.activation, slope }
    return createLayeredMap(
      {
        id: 'dense',
        layers: widths.map((units) => ({ type: 'dense', width: units, activation, bias })),
        parameters: { widths, activation: parsed.activation, slope, distribution, bias },
        distribution,
      },
      request,
      blas,
    )
  },
}

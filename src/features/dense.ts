import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { activationNames } from './activation.ts'
import type { FeatureMapKind } from './feature-map.ts'
import { createLayerSolver } from './layer-solver.ts'
import type { LinearLayer, NetworkLayer } from './network.ts'
import { networkMap } from './network.ts'
import type { Distribution } from './random-weights.ts'
import { distributions, drawWeights, gaussianMatrix } from './random-weights.ts'
import { inputSizeOf, parseOptions, weightsFor } from './requests.ts'
import type { Onto } from './surjectivity.ts'
import { measuredRank, moreOutputs, networkSurjectivity } from './surjectivity.ts'

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
    const inputSize = inputSizeOf(request.inputShape)
    const widths = parsed.widths ?? Array.from({ length: parsed.depth }, () => parsed.width ?? inputSize)
    const { activation, slope, distribution, bias } = parsed
    const sizes = [inputSize, ...widths]

    const shapes: Record<string, [number, number]> = {}
    widths.forEach((outputs, l) => {
      shapes[`layer${l + 1}.weight`] = [outputs, sizes[l]]
      if (bias) shapes[`layer${l + 1}.bias`] = [1, outputs]
    })
    const weights = await weightsFor('dense', request, shapes, (name, rows, cols, seed) =>
      name.endsWith('.bias')
        ? gaussianMatrix(rows, cols, 1 / Math.sqrt(sizes[layerOf(name)]), seed, 'dense', name)
        : drawWeights(rows, cols, distribution, seed, ['dense', name], blas),
    )
    const layers = widths.map((_, l): NetworkLayer => ({
      linear: denseLayer(`layer${l + 1}`, weights[`layer${l + 1}.weight`]),
      bias: bias ? weights[`layer${l + 1}.bias`].data : undefined,
      activation: { name: activation, slope },
    }))
    const ontos: Onto[] = []
    for (const { linear } of layers) {
      ontos.push(
        request.weights && request.seed === undefined
          ? await measuredRank(linear, blas)
          : randomRank(linear, distribution),
      )
    }
    return {
      id: 'dense',
      inputShape: request.inputShape,
      inputSize,
      featureSize: widths[widths.length - 1],
      parameters: { widths, activation, slope, distribution, bias },
      seed: request.seed,
      surjective: networkSurjectivity(layers, ontos),
      ...networkMap(layers),
      weights: () => weights,
    }
  },
}

function layerOf(name: string): number {
  return Number(name.slice('layer'.length, name.indexOf('.'))) - 1
}

/** x ↦ W x for W of outputs × inputs. */
export function denseLayer(name: string, weight: Matrix): LinearLayer {
  const solver = createLayerSolver(weight)
  return {
    name,
    inputs: weight.cols,
    outputs: weight.rows,
    apply: (rows: Matrix, blas: Blas) => blas.gemm(rows, weight, { transposeB: true }),
    solve: solver.solve,
    singularValues: solver.singularValues,
  }
}

function randomRank(layer: LinearLayer, distribution: Distribution): Onto {
  if (layer.outputs > layer.inputs) return { holds: 'never', reason: moreOutputs(layer) }
  return distribution === 'orthogonal'
    ? { holds: 'always', reason: `the rows of layer ${layer.name} are orthonormal` }
    : { holds: 'almost surely', reason: `layer ${layer.name} is Gaussian` }
}

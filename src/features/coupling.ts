import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import { copyOf, matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { activate, inRuns } from './activation.ts'
import type { FeatureMap, FeatureMapKind } from './feature-map.ts'
import { residual } from './network.ts'
import { gaussianMatrix } from './random-weights.ts'
import { inputSizeOf, parseOptions, weightsFor } from './requests.ts'

const options = z.strictObject({
  depth: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('Number of coupling layers; each changes half of the values.'),
  width: z.int().min(1).optional().describe('Hidden units of every layer; default: as many as inputs.'),
  slope: z.number().min(0).default(0.1).describe('Slope of LeakyReLU on negatives in the hidden units.'),
  stretch: z
    .number()
    .min(0)
    .max(5)
    .default(0.5)
    .describe('Largest logarithm by which one layer stretches or shrinks a value.'),
})

/**
 * An invertible network of affine coupling layers. Layer l splits the values by parity of their index: one half u stays
 * and decides how the other half v is changed,
 * v′ = v ∘ exp(stretch · tanh(S h)) + T h with h = LeakyReLU(H u); u are the even indices in odd layers.
 * The inverse is v = (v′ − T h) ∘ exp(−stretch · tanh(S h)), exact but for rounding.
 * Weights: `layer1.hidden` (H, width × |u|), `layer1.stretch` (S, |v| × width), `layer1.shift` (T, |v| × width), …
 */
export const coupling: FeatureMapKind = {
  id: 'coupling',
  title: 'Invertible coupling network',
  source:
    'Dinh, Sohl-Dickstein, Bengio, "Density estimation using Real NVP", ICLR 2017; Chen, Huang, Weng 2024, Examples 5.1–5.4',
  options,
  async create(request) {
    const parsed = parseOptions('coupling', options, request.options)
    const inputSize = inputSizeOf(request.inputShape)
    const { depth, width = inputSize, slope, stretch } = parsed
    const shapes: Record<string, [number, number]> = {}
    for (let l = 0; l < depth; l++) {
      const kept = keptCount(inputSize, l)
      shapes[`layer${l + 1}.hidden`] = [width, kept]
      shapes[`layer${l + 1}.stretch`] = [inputSize - kept, width]
      shapes[`layer${l + 1}.shift`] = [inputSize - kept, width]
    }
    const weights = await weightsFor('coupling', request, shapes, (name, rows, cols, seed) =>
      gaussianMatrix(rows, cols, cols === 0 ? 0 : 1 / Math.sqrt(cols), seed, 'coupling', name),
    )
    const layers = Array.from({ length: depth }, (_, l) => ({
      parity: l % 2,
      hidden: weights[`layer${l + 1}.hidden`],
      stretch: weights[`layer${l + 1}.stretch`],
      shift: weights[`layer${l + 1}.shift`],
    }))

    const changes = async (values: Matrix, layer: Layer, blas: Blas) => {
      const kept = half(values, layer.parity)
      const hidden = await blas.gemm(kept, layer.hidden, { transposeB: true })
      await activate(hidden, { name: 'leaky-relu', slope })
      const logarithms = await blas.gemm(hidden, layer.stretch, { transposeB: true })
      await activate(logarithms, { name: 'tanh', slope })
      return { logarithms, shifts: await blas.gemm(hidden, layer.shift, { transposeB: true }) }
    }
    const forward: FeatureMap['forward'] = async (inputs, blas) => {
      const values = copyOf(inputs)
      for (const layer of layers) {
        const { logarithms, shifts } = await changes(values, layer, blas)
        await changeOtherHalf(values, layer.parity, shifts, (value, at) => {
          return value * Math.exp(stretch * logarithms.data[at]) + shifts.data[at]
        })
      }
      return values
    }
    return {
      id: 'coupling',
      inputShape: request.inputShape,
      inputSize,
      featureSize: inputSize,
      parameters: { depth, width, slope, stretch },
      seed: request.seed,
      surjective: {
        holds: 'always',
        upToScale: true,
        reason: 'every coupling layer is a bijection, whatever its weights',
      },
      forward,
      async rightInverse(features, blas) {
        const points = copyOf(features)
        for (const layer of layers.toReversed()) {
          const { logarithms, shifts } = await changes(points, layer, blas)
          await changeOtherHalf(points, layer.parity, shifts, (value, at) => {
            return (value - shifts.data[at]) * Math.exp(-stretch * logarithms.data[at])
          })
        }
        return { points, scale: 1, residual: residual(await forward(points, blas), features, 1) }
      },
      conditions: async () => [],
      weights: () => weights,
    }
  },
}

interface Layer {
  readonly parity: number
  readonly hidden: Matrix
  readonly stretch: Matrix
  readonly shift: Matrix
}

/** How many values layer l (from 0) keeps: those whose index has its parity. */
function keptCount(size: number, l: number): number {
  return l % 2 === 0 ? Math.ceil(size / 2) : Math.floor(size / 2)
}

/** The columns of one parity, copied. */
function half(values: Matrix, parity: number): Matrix {
  const cols = keptCount(values.cols, parity)
  const result = matrix(values.rows, cols)
  for (let i = 0, at = 0; i < values.rows; i++) {
    for (let j = parity; j < values.cols; j += 2, at++) result.data[at] = values.data[i * values.cols + j]
  }
  return result
}

/** Changes the columns of the other parity in place; `at` is the position in a matrix of that half's shape. */
async function changeOtherHalf(
  values: Matrix,
  parity: number,
  shape: Matrix,
  change: (value: number, at: number) => number,
): Promise<void> {
  await inRuns(shape, (from, to) => {
    for (let at = from; at < to; at++) {
      const position = Math.floor(at / shape.cols) * values.cols + (1 - parity) + 2 * (at % shape.cols)
      values.data[position] = change(values.data[position], at)
    }
  })
}

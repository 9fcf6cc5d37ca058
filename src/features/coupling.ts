import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import { copyOf, matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { activate, inRuns } from './activation.ts'
import type { FeatureMap, FeatureMapKind } from './feature-map.ts'
import { gaussianMatrix } from './random-weights.ts'
import { inputSizeOf, parseOptions, weightsFor } from './requests.ts'
import { residual } from './residual.ts'

const options = z.strictObject({
  depth: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('Number of coupling layers; each changes half of the values.'),
  width: z.int().min(1).optional().describe('Hidden units of every layer; default: a quarter of the inputs.'),
  slope: z.number().min(0).default(0.1).describe('Slope of LeakyReLU on negatives in the hidden units.'),
  stretch: z
    .number()
    .min(1)
    .max(100)
    .default(1.6)
    .describe('Largest factor by which one layer stretches or shrinks a value; 1 leaves shifts only.'),
})

/**
 * An invertible network of affine coupling layers. Layer l splits the values by parity of their index: one half u
 * (the even indices in odd layers) stays and decides how the other half v is changed,
 *
 *     v′ = v ∘ (1 + q) / (1 − q) + T h   with   h = LeakyReLU(H u),   q = τ S h / (1 + |S h|),
 *
 * τ = (stretch − 1) / (stretch + 1). The inverse, v = (v′ − T h) ∘ (1 − q) / (1 + q), is exact but for rounding. Real
 * NVP has exp and tanh in the place of the fractions, which not every engine rounds alike.
 *
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
    const { depth, width = Math.ceil(inputSize / 4), slope, stretch } = parsed
    const steepness = (stretch - 1) / (stretch + 1)
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

    /** How the other half of the values is to be changed: q and the shift. */
    const changes = async (values: Matrix, layer: Layer, blas: Blas) => {
      const kept = half(values, layer.parity)
      const hidden = await blas.gemm(kept, layer.hidden, { transposeB: true })
      await activate(hidden, { name: 'leaky-relu', slope })
      const bends = await blas.gemm(hidden, layer.stretch, { transposeB: true })
      await inRuns(bends, (from, to) => {
        for (let at = from; at < to; at++) {
          bends.data[at] *= steepness / (1 + Math.abs(bends.data[at]))
        }
      })
      return { bends, shifts: await blas.gemm(hidden, layer.shift, { transposeB: true }) }
    }
    const forward: FeatureMap['forward'] = async (inputs, blas) => {
      const values = copyOf(inputs)
      for (const layer of layers) {
        const { bends, shifts } = await changes(values, layer, blas)
        await eachOther(values, layer.parity, bends, (position, at) => {
          const bend = bends.data[at]
          values.data[position] = (values.data[position] * (1 + bend)) / (1 - bend) + shifts.data[at]
        })
      }
      return values
    }
    return {
      id: 'coupling',
      inputShape: request.inputShape,
      inputSize,
      featureSize: inputSize,
      operations: 2 * Object.values(weights).reduce((sum, { data }) => sum + data.length, 0),
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
          const { bends, shifts } = await changes(points, layer, blas)
          await eachOther(points, layer.parity, bends, (position, at) => {
            const bend = bends.data[at]
            points.data[position] = ((points.data[position] - shifts.data[at]) * (1 - bend)) / (1 + bend)
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

/** Visits the columns of the other parity: `position` among the values, `at` in a matrix of that half's shape. */
async function eachOther(
  values: Matrix,
  parity: number,
  other: Matrix,
  visit: (position: number, at: number) => void,
): Promise<void> {
  await inRuns(other, (from, to) => {
    let at = from
    for (let row = from / other.cols; at < to; row++) {
      const start = row * values.cols + 1 - parity
      for (let j = 0; j < other.cols; j++, at++) visit(start + 2 * j, at)
    }
  })
}

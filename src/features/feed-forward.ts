import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { copyOf } from '#core/matrix'
import type { Watch } from '#core/progress'
import type { Blas } from '#linalg/blas'
import type { Activation } from './activation.ts'
import { activate, activationBound, deactivate, slopesOf, type Slopes } from './activation.ts'
import type { FeatureMap, Linearisation, RightInverse } from './feature-map.ts'
import { largestMagnitude, residual } from './residual.ts'

/** A linear map with its least-squares inverse, whatever its structure. */
export interface LinearLayer {
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  /** Floating-point operations of one row. */
  readonly operations: number
  /** n × inputs to n × outputs; `into` may be overwritten and returned. */
  apply(rows: Matrix, blas: Blas, into?: Matrix): Promise<Matrix>
  /** The transposed map: n × outputs to n × inputs. */
  applyTransposed(rows: Matrix, blas: Blas): Promise<Matrix>
  /** Begins what `solve` needs once, where it needs something. */
  prepare?(blas: Blas): void
  /** Minimum-norm least-squares preimage of every row: n × outputs to n × inputs. */
  solve(targets: Matrix, blas: Blas, watch?: Watch): Promise<Matrix>
  singularValues(blas: Blas): Promise<{ largest: number; smallest: number }>
}

/** x ↦ activation(linear(x) + bias). */
export interface NetworkLayer {
  readonly linear: LinearLayer
  /** Length outputs. */
  readonly bias?: Float64Array
  readonly activation: Activation
}

/** How close to its bound a saturating activation is used; beyond it the inverse loses digits. */
const comfortable = 0.9

/**
 * A feed-forward network as a feature map, inverted layer by layer from the last: undo the activation, subtract the
 * bias, solve the linear layer by least squares (Chen, Huang, Weng 2024, Examples 5.1–5.4).
 */
export function feedForward(
  layers: readonly NetworkLayer[],
): Pick<
  FeatureMap,
  'operations' | 'forward' | Derivatives | 'prepareInverse' | 'rightInverse' | 'conditions'
> {
  const forward = async (inputs: Matrix, blas: Blas, into?: Matrix): Promise<Matrix> => {
    let current = inputs
    for (const [l, { linear, bias, activation }] of layers.entries()) {
      const last = l === layers.length - 1
      current = await activate(await linear.apply(current, blas, last ? into : undefined), activation, bias)
    }
    return current
  }
  return {
    operations: layers.reduce((sum, { linear }) => sum + linear.operations, 0),
    forward,
    ...derivativesOf(layers),
    prepareInverse(blas) {
      for (const { linear } of layers) linear.prepare?.(blas)
    },
    async rightInverse(features, blas, watch = {}) {
      const { points, scale } = await preimage(layers, features, blas, watch)
      return { points, scale, residual: residual(await forward(points, blas), features, scale) }
    },
    async conditions(blas) {
      const conditions = []
      for (const { linear } of layers) {
        const { name, outputs: rows, inputs: cols } = linear
        conditions.push({ name, rows, cols, ...(await linear.singularValues(blas)) })
      }
      return conditions
    },
  }
}

type Derivatives = 'pullBack' | 'pushForward' | 'linearise'

function derivativesOf(layers: readonly NetworkLayer[]): Required<Pick<FeatureMap, Derivatives>> {
  const linearise = async (inputs: Matrix, blas: Blas, blur = 0): Promise<Linearisation> => {
    let features = inputs
    const slopes: Slopes[] = []
    for (const { linear, bias, activation } of layers) {
      const before = await linear.apply(features, blas)
      features = await activate(blur > 0 ? copyOf(before) : before, activation, bias)
      slopes.push(await slopesOf(activation, features, blur > 0 ? { before, bias, blur } : undefined))
    }
    return {
      features,
      async pushForward(tangents) {
        let current = tangents
        for (const [l, { linear }] of layers.entries()) {
          current = await slopes[l](await linear.apply(current, blas))
        }
        return current
      },
      async pullBack(cotangent) {
        let current = cotangent
        for (let l = layers.length - 1; l >= 0; l--) {
          current = await layers[l].linear.applyTransposed(await slopes[l](copyOf(current)), blas)
        }
        return current
      },
    }
  }
  return {
    linearise,
    pullBack: async (inputs, cotangent, blas) => (await linearise(inputs, blas)).pullBack(cotangent),
    pushForward: async (inputs, tangents, blas) => (await linearise(inputs, blas)).pushForward(tangents),
  }
}

async function preimage(
  layers: readonly NetworkLayer[],
  features: Matrix,
  blas: Blas,
  watch: Watch,
): Promise<Omit<RightInverse, 'residual'>> {
  const bound = activationBound(layers[layers.length - 1].activation)
  let scale = bound < Infinity ? Math.max(1, largestMagnitude(features) / (comfortable * bound)) : 1
  let failure: Failure | undefined
  for (;;) {
    const shrunk = copyOf(features)
    if (scale !== 1) for (let i = 0; i < shrunk.data.length; i++) shrunk.data[i] /= scale
    const outcome = await walkBack(layers, shrunk, blas, watch)
    if ('points' in outcome) return { points: outcome.points, scale }
    // Doubling shrinks what comes from the features, not what comes from the biases.
    if (outcome.layer === failure?.layer && outcome.magnitude > 0.99 * failure.magnitude) {
      throw noPreimage(outcome)
    }
    failure = outcome
    scale *= 2
  }
}

/** The layer, closest to the features, that would have to give more than its activation can. */
interface Failure {
  readonly layer: string
  readonly magnitude: number
}

async function walkBack(
  layers: readonly NetworkLayer[],
  features: Matrix,
  blas: Blas,
  watch: Watch,
): Promise<{ points: Matrix } | Failure> {
  let current = features
  for (const { linear, bias, activation } of layers.toReversed()) {
    const bound = activationBound(activation)
    if (bound < Infinity) {
      const magnitude = largestMagnitude(current)
      if (magnitude > comfortable * bound * (1 + Number.EPSILON * 4)) return { layer: linear.name, magnitude }
    }
    watch.signal?.throwIfAborted()
    current = await linear.solve(await deactivate(current, activation, bias), blas, watch)
  }
  return { points: current }
}

function noPreimage({ layer, magnitude }: Failure): RetortError {
  return new RetortError({
    code: 'check/no-preimage',
    message: `no scale of the features has a preimage: layer ${layer} would have to give ${magnitude.toPrecision(3)}`,
    why: 'Its activation stays within ±1 and its biases alone already ask for more.',
    hint: 'Use the activation leaky-relu, or leave the bias out.',
    values: { layer, magnitude },
  })
}

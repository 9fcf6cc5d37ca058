import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { frobeniusNorm, matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import type { Blas } from '#linalg/blas'
import type { Activation } from './activation.ts'
import { activate, activationBound, deactivate } from './activation.ts'
import type { FeatureMap, RightInverse } from './feature-map.ts'

/** A linear map with its least-squares inverse, whatever its structure. */
export interface LinearLayer {
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  /** n × inputs to n × outputs. */
  apply(rows: Matrix, blas: Blas): Promise<Matrix>
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
): Pick<FeatureMap, 'forward' | 'rightInverse' | 'conditions'> {
  const forward = async (inputs: Matrix, blas: Blas): Promise<Matrix> => {
    let current = inputs
    for (const { linear, bias, activation } of layers) {
      current = await activate(await linear.apply(current, blas), activation, bias)
    }
    return current
  }
  return {
    forward,
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

/** ‖c·φ − Φ‖_F / ‖Φ‖_F; the plain norm where Φ is zero. */
export function residual(reached: Matrix, wanted: Matrix, scale: number): number {
  const difference = reached.data.map((value, at) => scale * value - wanted.data[at])
  const size = frobeniusNorm(wanted)
  return frobeniusNorm(matrix(wanted.rows, wanted.cols, difference)) / (size === 0 ? 1 : size)
}

export function largestMagnitude(a: Matrix): number {
  let largest = 0
  for (const value of a.data) largest = Math.max(largest, Math.abs(value))
  return largest
}

export function divided(a: Matrix, divisor: number): Matrix {
  return matrix(
    a.rows,
    a.cols,
    a.data.map((value) => value / divisor),
  )
}

async function preimage(
  layers: readonly NetworkLayer[],
  features: Matrix,
  blas: Blas,
  watch: Watch,
): Promise<Omit<RightInverse, 'residual'>> {
  const bound = activationBound(layers[layers.length - 1].activation)
  let scale = Math.max(1, largestMagnitude(features) / (comfortable * bound))
  let excess = Infinity
  for (;;) {
    const outcome = await walkBack(layers, divided(features, scale), blas, watch)
    if ('points' in outcome) return { points: outcome.points, scale }
    // Doubling shrinks what comes from the features, not what comes from the biases.
    if (outcome.magnitude > 0.99 * excess) throw noPreimage(outcome.layer, outcome.magnitude)
    excess = outcome.magnitude
    scale *= 2
  }
}

type Outcome = { points: Matrix } | { layer: string; magnitude: number }

async function walkBack(
  layers: readonly NetworkLayer[],
  features: Matrix,
  blas: Blas,
  watch: Watch,
): Promise<Outcome> {
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

function noPreimage(layer: string, magnitude: number): RetortError {
  return new RetortError({
    code: 'check/no-preimage',
    message: `no scale of the features has a preimage: layer ${layer} would have to give ${magnitude.toPrecision(3)}`,
    why: 'Its activation stays within ±1 and its biases alone already ask for more.',
    hint: 'Use LeakyReLU (--activation leaky-relu) or leave the bias out.',
    values: { layer, magnitude },
  })
}

import type { Matrix } from '#core/matrix'
import { turn } from '#core/turn'

export const activationNames = ['leaky-relu', 'tanh', 'linear'] as const
export type ActivationName = (typeof activationNames)[number]

/** A function applied to every element. */
export interface Activation {
  readonly name: ActivationName
  /** LeakyReLU's slope on negatives, ≥ 0; 0 is ReLU. */
  readonly slope: number
}

/** Values of the activation lie strictly within ± this. */
export function activationBound({ name }: Activation): number {
  return name === 'tanh' ? 1 : Infinity
}

/** Whether every value within the bound is reached, by one argument. */
export function isInvertible({ name, slope }: Activation): boolean {
  return name !== 'leaky-relu' || slope > 0
}

/** activation(z + bias) in place; bias has one value per column, or none. */
export async function activate(z: Matrix, { name, slope }: Activation, bias?: Float64Array): Promise<Matrix> {
  const { data, cols } = z
  await inRuns(z, (from, to) => {
    if (bias) addToRows(data, from, to, cols, bias, 1)
    if (name === 'leaky-relu') bend(data, from, to, slope)
    else if (name === 'tanh') for (let at = from; at < to; at++) data[at] = Math.tanh(data[at])
  })
  return z
}

/** activation⁻¹(a) − bias in place; where a is not reached, of the nearest value that is. */
export async function deactivate(
  a: Matrix,
  { name, slope }: Activation,
  bias?: Float64Array,
): Promise<Matrix> {
  const { data, cols } = a
  await inRuns(a, (from, to) => {
    if (name === 'leaky-relu') bend(data, from, to, slope > 0 ? 1 / slope : 0)
    else if (name === 'tanh') for (let at = from; at < to; at++) data[at] = Math.atanh(data[at])
    if (bias) addToRows(data, from, to, cols, bias, -1)
  })
  return a
}

/**
 * cotangent ∘ activation′(z) in place.
 * @param values activation(z): the derivative of each of these functions can be read off its value
 */
export async function multiplyByDerivative(
  cotangent: Matrix,
  values: Matrix,
  { name, slope }: Activation,
): Promise<Matrix> {
  const factors = Float64Array.of(slope, 1)
  const { data } = cotangent
  await inRuns(cotangent, (from, to) => {
    if (name === 'leaky-relu') {
      for (let at = from; at < to; at++) data[at] *= factors[Number(values.data[at] > 0)]
    } else if (name === 'tanh') {
      for (let at = from; at < to; at++) data[at] *= 1 - values.data[at] * values.data[at]
    }
  })
  return cotangent
}

/**
 * Multiplies negatives by the slope. The factor is looked up: a branch on random signs costs fifteen times as much.
 */
function bend(data: Float64Array, from: number, to: number, slope: number): void {
  const factors = Float64Array.of(1, slope)
  for (let at = from; at < to; at++) data[at] *= factors[Number(data[at] < 0)]
}

function addToRows(
  data: Float64Array,
  from: number,
  to: number,
  cols: number,
  bias: Float64Array,
  sign: 1 | -1,
): void {
  for (let row = from; row < to; row += cols) {
    for (let j = 0; j < cols; j++) data[row + j] += sign * bias[j]
  }
}

/** Whole rows of some 2¹⁸ elements at a time, giving way to the event loop in between. */
export async function inRuns(a: Matrix, run: (from: number, to: number) => void): Promise<void> {
  const rows = Math.max(1, Math.floor(2 ** 18 / Math.max(1, a.cols)))
  for (let from = 0; from < a.rows; from += rows) {
    if (from > 0) await turn()
    run(from * a.cols, Math.min(from + rows, a.rows) * a.cols)
  }
}

import { matrix, type Matrix } from '#core/matrix'
import { turn } from '#core/turn'
import { elementWise } from '#linalg/element-wise'

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
  const { bend } = await elementWise()
  await inRuns(z, (from, to) => {
    if (bias) addToRows(data, from, to, cols, bias, 1)
    if (name === 'leaky-relu') bend(data.subarray(from, to), slope)
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
  const { bend } = await elementWise()
  await inRuns(a, (from, to) => {
    if (name === 'leaky-relu') bend(data.subarray(from, to), slope > 0 ? 1 / slope : 0)
    else if (name === 'tanh') for (let at = from; at < to; at++) data[at] = Math.atanh(data[at])
    if (bias) addToRows(data, from, to, cols, bias, -1)
  })
  return a
}

/** a ∘ activation′ in place. */
export type Slopes = (a: Matrix) => Promise<Matrix>

/**
 * Multiplication by the derivative of the activation, which each of these functions shows by its value.
 * @param values activation(z + bias)
 * @param blurred for LeakyReLU: slopes averaged over changes of z + bias that are normal with `blur` times its root mean
 * square in the row as deviation (the logistic approximation of the normal distribution)
 */
export async function slopesOf(
  activation: Activation,
  values: Matrix,
  blurred?: { readonly before: Matrix; readonly bias?: Float64Array; readonly blur: number },
): Promise<Slopes> {
  const { name, slope } = activation
  if (name === 'linear') return async (a) => a
  if (name === 'leaky-relu' && blurred) {
    const { before, bias, blur } = blurred
    const factors = matrix(before.rows, before.cols)
    await inRuns(before, (from, to) => {
      if (bias) addToRows(before.data, from, to, before.cols, bias, 1)
      for (let row = from; row < to; row += before.cols) {
        averagedSlopes(factors.data, before.data.subarray(row, row + before.cols), row, slope, blur)
      }
    })
    return (a) => inPlace(a, (at) => factors.data[at])
  }
  if (name === 'tanh') return (a) => inPlace(a, (at) => 1 - values.data[at] * values.data[at])
  const factors = Float64Array.of(slope, 1)
  return (a) => inPlace(a, (at) => factors[Number(values.data[at] > 0)])
}

function averagedSlopes(factors: Float64Array, z: Float64Array, row: number, slope: number, blur: number) {
  let sum = 0
  for (let j = 0; j < z.length; j++) sum += z[j] * z[j]
  const steepness = 1.702 / (blur * Math.sqrt(sum / z.length) || 1)
  for (let j = 0; j < z.length; j++) {
    factors[row + j] = slope + (1 - slope) / (1 + Math.exp(-steepness * z[j]))
  }
}

async function inPlace(a: Matrix, factor: (at: number) => number): Promise<Matrix> {
  await inRuns(a, (from, to) => {
    for (let at = from; at < to; at++) a.data[at] *= factor(at)
  })
  return a
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

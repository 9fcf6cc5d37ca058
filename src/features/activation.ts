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
export async function activate(z: Matrix, activation: Activation, bias?: Float64Array): Promise<Matrix> {
  const { data, cols } = z
  const { name, slope } = activation
  const shift = bias ?? new Float64Array(cols)
  await inRuns(z, (from, to) => {
    if (name === 'linear') {
      if (bias) for (let at = from, j = 0; at < to; at++, j = j + 1 === cols ? 0 : j + 1) data[at] += shift[j]
    } else if (name === 'tanh') {
      for (let at = from, j = 0; at < to; at++, j = j + 1 === cols ? 0 : j + 1) {
        data[at] = Math.tanh(data[at] + shift[j])
      }
    } else {
      for (let at = from, j = 0; at < to; at++, j = j + 1 === cols ? 0 : j + 1) {
        const value = data[at] + shift[j]
        data[at] = value < 0 ? slope * value : value
      }
    }
  })
  return z
}

/** activation⁻¹(a) − bias in place; where a is not reached, of the nearest value that is. */
export async function deactivate(a: Matrix, activation: Activation, bias?: Float64Array): Promise<Matrix> {
  const { data, cols } = a
  const { name, slope } = activation
  const rise = slope > 0 ? 1 / slope : 0
  const shift = bias ?? new Float64Array(cols)
  await inRuns(a, (from, to) => {
    for (let at = from, j = 0; at < to; at++, j = j + 1 === cols ? 0 : j + 1) {
      const value = data[at]
      let inverse = value
      if (name === 'tanh') inverse = Math.atanh(value)
      else if (name === 'leaky-relu' && value < 0) inverse = value * rise
      data[at] = inverse - shift[j]
    }
  })
  return a
}

/** Whole rows of some 2¹⁸ elements at a time, giving way to the event loop in between. */
export async function inRuns(a: Matrix, run: (from: number, to: number) => void): Promise<void> {
  const rows = Math.max(1, Math.floor(2 ** 18 / Math.max(1, a.cols)))
  for (let from = 0; from < a.rows; from += rows) {
    if (from > 0) await turn()
    run(from * a.cols, Math.min(from + rows, a.rows) * a.cols)
  }
}

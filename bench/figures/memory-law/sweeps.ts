import type { Sizes } from '../bench.ts'
import type { CellSize } from './cells.ts'

/** One sweep, small enough for one process of a few minutes. */
export interface Sweep {
  readonly name: string
  readonly title: string
  sizes(sizes: Sizes): CellSize[]
}

const seeds = (tasks: number) => Array.from({ length: tasks }, (_, i) => i + 1)
const even = (value: number) => 2 * Math.max(1, Math.round(value / 2))

/** d times the given factors; n = share · d², and no fewer than the square of the middle d. */
const overInputs =
  (factors: readonly number[], share: number, mostTasks: number): Sweep['sizes'] =>
  ({ inputs: base, width, tasks }) =>
    factors.flatMap((factor) =>
      seeds(Math.min(tasks, mostTasks)).map((seed) => {
        const inputs = Math.round(factor * base)
        return {
          inputs,
          examples: Math.max(base * base, share * inputs * inputs),
          directions: 2,
          width,
          seed,
        }
      }),
    )

/** At twice the width: students of five directions need it. */
const overDirections =
  (ranks: readonly number[]): Sweep['sizes'] =>
  ({ inputs, width, tasks }) =>
    ranks.flatMap((directions) =>
      seeds(tasks).map((seed) => ({
        inputs,
        examples: 4 * inputs * inputs,
        directions,
        width: 2 * width,
        seed,
      })),
    )

export const sweeps: readonly Sweep[] = [
  { name: 'inputs', title: 'd from a quarter to twice', sizes: overInputs([0.25, 0.5, 1, 2], 4, Infinity) },
  { name: 'inputs-4', title: 'd four times', sizes: overInputs([4], 2, Infinity) },
  { name: 'inputs-8', title: 'd eight times', sizes: overInputs([8], 1, 2) },
  { name: 'directions', title: 'r from one to three', sizes: overDirections([1, 2, 3]) },
  { name: 'directions-4', title: 'r = 4', sizes: overDirections([4]) },
  { name: 'directions-5', title: 'r = 5', sizes: overDirections([5]) },
  {
    name: 'widths',
    title: 'L from a quarter to four times',
    sizes: ({ inputs, width, tasks }) =>
      [0.25, 0.5, 1, 2, 4].flatMap((factor) =>
        seeds(tasks).map((seed) => ({
          inputs,
          examples: 4 * inputs * inputs,
          directions: 2,
          width: even(factor * width),
          seed,
        })),
      ),
  },
]

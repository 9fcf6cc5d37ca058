import { z } from 'zod'

/** One step of a method that iterates, as `--jsonl` reports it. */
const step = z.object({
  event: z.literal('progress'),
  stage: z.literal('distil'),
  done: z.number(),
  figure: z.object({ name: z.literal('loss'), value: z.number() }),
})

/** Loss by step, the first step being 1. */
export type Curve = ReadonlyMap<number, number>

export function curveOf(events: readonly unknown[]): Curve {
  return new Map(
    events.flatMap((event): [number, number][] => {
      const { success, data } = step.safeParse(event)
      return success ? [[data.done, data.figure.value]] : []
    }),
  )
}

/** Steps at which a curve is shown: 1, 3, 10, 30, … and the last. */
export function shownSteps(last: number): number[] {
  const steps: number[] = []
  for (let ten = 1; ten < last; ten *= 10) steps.push(...[ten, 3 * ten].filter((at) => at < last))
  return [...steps, last]
}

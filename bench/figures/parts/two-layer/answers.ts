import { z } from 'zod'
import { score } from '../../answers.ts'
import type { Bench, Watch } from '../../bench.ts'

export const memory = z.array(z.object({ name: z.string(), floats: z.number(), relativeError: z.number() }))
const students = z.array(z.object({ width: z.number(), seed: z.number(), relativeError: z.number() }))

/** `retort distill --method two-layer --json` */
const distilled = z.object({
  points: z.number(),
  floats: z.number(),
  directions: z.number(),
  error: z.object({ median: z.number(), lowest: z.number(), highest: z.number(), n: z.number() }),
  holds: z.boolean(),
  preconditions: z.array(
    z.object({
      id: z.string(),
      holds: z.union([z.boolean(), z.literal('unknown')]),
      measured: z.union([z.number(), z.string()]),
      needed: z.string(),
    }),
  ),
  angles: z.array(z.number()).nullable(),
  trace: z.array(z.object({ phase: z.string(), step: z.number(), energy: z.number().optional() })),
  students,
  memory,
  comparison: z.array(z.object({ name: z.string(), points: z.number(), score })),
  peakMemoryBytes: z.number(),
  seconds: z.record(z.string(), z.number()),
})
export type TwoLayerRun = z.output<typeof distilled>
/** What a run was seen beside: relative errors by name, with the numbers that each was trained on. */
export type Compared = Pick<TwoLayerRun, 'memory'>

/** `retort evaluate --json` of a two-layer set */
const evaluated = z.object({ students })

const refused = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** What a distillation gave, or the code that refused it. */
export type Outcome = { readonly run: TwoLayerRun } | { readonly refused: string }

/** `distill INPUT --method two-layer … -o NAME` */
export function distillWords(name: string, words: readonly string[]): string[] {
  return ['distill', ...words, '--method', 'two-layer', '-o', name]
}

/** What `retort` says to these words. */
export async function distillSet(
  bench: Bench,
  name: string,
  words: readonly string[],
  watch?: Watch,
): Promise<TwoLayerRun> {
  const { result } = await bench.retort(distillWords(name, words), watch)
  return distilled.parse(result)
}

/** The same where the settings may be refused. */
export async function tryDistill(bench: Bench, name: string, words: readonly string[]): Promise<Outcome> {
  try {
    return { run: await distillSet(bench, name, words) }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const code = /error (usage\/[\w-]+)/.exec(text)?.[1]
    const answer = code ?? refused.safeParse(error).data?.error.code
    if (answer === undefined) throw error
    return { refused: answer }
  }
}

/** Errors of fresh students of another width. */
export async function studentErrors(
  bench: Bench,
  name: string,
  data: string,
  words: readonly string[],
): Promise<number[]> {
  const { result } = await bench.retort(['evaluate', name, '--data', data, '--no-baselines', ...words])
  return evaluated.parse(result).students.map(({ relativeError }) => relativeError)
}

/** The error of a row of the comparison; undefined where it was left out. */
export function errorOf({ memory: rows }: Compared, name: string): number | undefined {
  return rows.find((row) => row.name === name)?.relativeError
}

/** Seconds of the peer by stage, and the errors of its students. */
export const peerAnswer = z.object({ seconds: z.record(z.string(), z.number()), errors: z.array(z.number()) })

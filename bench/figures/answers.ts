import { z } from 'zod'
import type { Bench } from './bench.ts'

export const score = z.object({
  metric: z.string(),
  value: z.number(),
  n: z.number(),
  interval: z.tuple([z.number(), z.number()]),
})
export type Score = z.output<typeof score>

/** `retort distill --json` */
export const distilled = z.object({
  artefact: z.string(),
  points: z.number(),
  ridge: z.number(),
  relativeError: z.number(),
  tolerance: z.number(),
  holds: z.boolean(),
  accuracy: z.object({
    metric: z.string(),
    original: z.number(),
    distilled: z.number(),
    n: z.number(),
    interval: score.shape.interval,
    split: z.string(),
  }),
  comparison: z.array(
    z.object({
      name: z.string(),
      points: z.number(),
      score,
      seeds: z.number().optional(),
      spread: z.number().optional(),
    }),
  ),
  seconds: z.record(z.string(), z.number()),
  peakMemoryBytes: z.number(),
})
export type Distilled = z.output<typeof distilled>

/** `retort verify --json` */
const verified = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean() })),
})

/** bench/peers/open_artefact.py */
const opened = z.object({
  versions: z.record(z.string(), z.string().nullable()),
  errors: z.record(z.string(), z.number()),
  distance: z
    .object({
      preprocessed: z.number(),
      least: z.number(),
      pixels: z.number().optional(),
      outside: z.number().optional(),
    })
    .optional(),
})
export type Opened = z.output<typeof opened>

/** `retort statistics --json` */
export const streamed = z.object({
  examples: z.number(),
  seconds: z.number(),
  examplesPerSecond: z.number(),
  peakMemoryBytes: z.number(),
})

/** `retort recipes --json` */
const recipeList = z.object({
  recipes: z.array(
    z.object({
      name: z.string(),
      source: z.string(),
      published: z.number().optional(),
      settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    }),
  ),
})

/** bench/peers/mnist_ridge.py */
export const peerRun = z.object({ seconds: z.record(z.string(), z.number()), relativeError: z.number() })

/** `retort env --json` */
export const environment = z.object({
  retort: z.string(),
  node: z.string(),
  platform: z.string(),
  cores: z.number(),
  memoryGiB: z.number(),
  blas: z.object({ description: z.string(), threads: z.number() }),
})

/** `retort distill INPUT … -o NAME` */
export async function distill(bench: Bench, name: string, words: readonly string[]): Promise<Distilled> {
  return distilled.parse((await bench.retort(['distill', ...words, '-o', name])).result)
}

/** Whether `retort verify NAME --data DATA` confirms every check. */
export async function verify(bench: Bench, name: string, words: readonly string[]): Promise<boolean> {
  const { ok, checks } = verified.parse((await bench.retort(['verify', name, ...words])).result)
  return ok && checks.every((check) => check.ok)
}

/** What Python finds in an artefact by itself. */
export async function open(bench: Bench, words: readonly string[]): Promise<Opened> {
  return opened.parse((await bench.peer('open_artefact.py', words)).result)
}

export async function recipes(bench: Bench) {
  return recipeList.parse((await bench.retort(['recipes'])).result).recipes
}

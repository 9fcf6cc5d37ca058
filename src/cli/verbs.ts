import type { Verb } from './verb.ts'

interface VerbEntry {
  readonly summary: string
  load(): Promise<Verb>
}

/** One row per verb; each is loaded only when called, so that start-up stays short. */
export const verbTable: Record<string, VerbEntry> = {
  demo: {
    summary: 'distil drawn digits to ten images, prove it and check the proof',
    load: async () => (await import('./verbs/demo.ts')).demo,
  },
  distill: {
    summary: 'distil a dataset into an artefact with its certificate',
    load: async () => (await import('./verbs/distill.ts')).distill,
  },
  advise: {
    summary: 'say before computing how few points are enough, and by which theorem',
    load: async () => (await import('./verbs/advise.ts')).advise,
  },
  verify: {
    summary: 'check an artefact from its files, or against the data',
    load: async () => (await import('./verbs/verify.ts')).verify,
  },
  evaluate: {
    summary: 'train from an artefact and score it beside random and coreset subsets',
    load: async () => (await import('./verbs/evaluate.ts')).evaluate,
  },
  inspect: {
    summary: 'describe a dataset, an artefact or a statistics file',
    load: async () => (await import('./verbs/inspect.ts')).inspect,
  },
  convert: {
    summary: 'write an artefact as parquet, npz, safetensors, csv or png',
    load: async () => (await import('./verbs/convert.ts')).convert,
  },
  statistics: {
    summary: 'gather the one-pass statistics of a dataset, or of one shard',
    load: async () => (await import('./verbs/statistics.ts')).statistics,
  },
  merge: {
    summary: 'merge the statistics of all shards into those of the whole',
    load: async () => (await import('./verbs/merge.ts')).merge,
  },
  recipes: {
    summary: 'list the settings of published tables by name',
    load: async () => (await import('./verbs/recipes.ts')).recipes,
  },
  env: {
    summary: 'show versions, the linear-algebra provider and why it was chosen',
    load: async () => (await import('./verbs/env.ts')).env,
  },
}

export function loadVerb(name: string): Promise<Verb> {
  return verbTable[name].load()
}

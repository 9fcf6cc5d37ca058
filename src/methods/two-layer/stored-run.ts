import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { TwoLayerRun } from './run.ts'

/** A run between steps as JSON and float64 tensors: together it, to the last bit. */
export interface StoredRun {
  readonly about: unknown
  readonly tensors: Readonly<Record<string, Matrix>>
}

const array = z.instanceof(Float64Array)
const dense = z
  .object({ rows: z.int(), cols: z.int(), data: array })
  .refine(({ rows, cols, data }) => data.length === rows * cols)

const begun = {
  linear: z.object({
    offset: z.number(),
    slope: array,
    count: z.number(),
    targetMean: z.number(),
    targetVariance: z.number(),
    residualSquare: z.number(),
    linearShare: z.number(),
  }),
  first: z.object({ points: dense, labels: array, tied: z.boolean() }),
  history: z.array(
    z.object({
      stage: z.enum(['points', 'refinement', 'labels']),
      round: z.int(),
      loss: z.number(),
      energy: z.number().optional(),
    }),
  ),
  signal: z.number().optional(),
}
const withSubspace = {
  ...begun,
  step: z.number(),
  found: z.object({
    basis: dense,
    pivots: z.array(z.int()),
    spectrum: array,
    mode: z.enum(['span', 'full']),
    spread: z.number(),
  }),
}
const stored = z.discriminatedUnion('stage', [
  z.object({ stage: z.literal('linear part') }),
  z.object({ stage: z.literal('points'), ...begun, round: z.int() }),
  z.object({ stage: z.literal('refinement'), ...begun, step: z.number(), round: z.int() }),
  z.object({
    stage: z.literal('labels'),
    ...withSubspace,
    cost: z.object({ students: z.int(), quadratic: dense, linear: array }),
  }),
  z.object({
    stage: z.literal('done'),
    ...withSubspace,
    solved: z.object({ labels: array, loss: z.number() }),
  }),
])

/** Key of an object that stands for the array of a tensor. */
const tensorKey = 'tensor'

export function storeRun(run: TwoLayerRun): StoredRun {
  const tensors: Record<string, Matrix> = {}
  const plain = (value: unknown, path: readonly string[]): unknown => {
    if (value instanceof Float64Array) {
      const name = path.join('.')
      tensors[name] = matrix(1, value.length, value)
      return { [tensorKey]: name }
    }
    if (Array.isArray(value)) return value.map((each, i) => plain(each, [...path, `${i}`]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each, [...path, key])]))
  }
  return { about: plain(run, []), tensors }
}

/** @returns undefined for what is no stored run */
export function restoreRun({ about, tensors }: StoredRun): TwoLayerRun | undefined {
  const filled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(filled)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    const [[key, name] = []] = entries
    if (entries.length === 1 && key === tensorKey && typeof name === 'string') {
      return Object.hasOwn(tensors, name) ? tensors[name].data : undefined
    }
    return Object.fromEntries(entries.map(([name, each]) => [name, filled(each)]))
  }
  return stored.safeParse(filled(about)).data
}

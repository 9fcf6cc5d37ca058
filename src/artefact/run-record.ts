import { z } from 'zod'
import { storages } from '#core/storage'
import type { Comparison } from '#core/evaluation'
import type { TwoLayerFindings } from '#core/two-layer-findings'
import type { DistilledSet } from '#core/distilled-set'
import { canonicalJson } from './canonical-json.ts'
import { corruptFile, unknownSchema } from './faults.ts'
import { commandText, withoutFolders } from './portable.ts'
import type { Storage } from '#core/storage'
import { firstFault } from './set-metadata.ts'
import { twoLayerFindingsSchema } from './two-layer/findings.ts'

const score = z.strictObject({
  metric: z.enum(['accuracy', 'r2']),
  value: z.number(),
  n: z.int(),
  interval: z.tuple([z.number(), z.number()]),
})

const comparison = z.strictObject({
  split: z.enum(['test', 'hold-out']),
  rows: z.array(
    z.strictObject({
      name: z.string(),
      points: z.int(),
      ridge: z.number(),
      score,
      seeds: z.int().optional(),
      spread: z.number().optional(),
      note: z.string().optional(),
    }),
  ),
})

const runSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The command line, as one would type it. */
  command: z.string(),
  /** Every setting after defaults, flags and files, by name; those of the method as the set records them. */
  settings: z.record(z.string(), z.json()),
  data: z.strictObject({
    name: z.string(),
    kind: z.enum(['image', 'vector']),
    /** Training examples behind W. */
    examples: z.int(),
    /** What the reader did that its user should know. */
    notes: z.array(z.string()),
    /** Names of the input columns, where the source has them. */
    columns: z.array(z.string()).optional(),
  }),
  /** The linear algebra that computed it; bytes are reproducible for the same provider and threads. */
  provider: z.strictObject({ id: z.string(), description: z.string(), threads: z.int() }),
  /** Versions by program, e.g. { retort: '0.1.0', node: '24.1.0' }. */
  versions: z.record(z.string(), z.string()),
  cost: z.strictObject({
    /** Passes over the training data. */
    passes: z.number(),
    /** Training examples read, over all passes. */
    examplesRead: z.number(),
    /** Floating-point operations of the statistics, the fit and the distillation, by leading-order counts. */
    floatingPointOperations: z.number(),
  }),
  /** Measured, only where they were asked for: they differ from run to run. */
  timings: z
    .strictObject({ seconds: z.record(z.string(), z.number()), peakMemoryBytes: z.number().optional() })
    .optional(),
  /** What would be left of W, had the points been stored so; see `methods/storage-errors`. Null is infinity. */
  storageErrors: z
    .array(
      z.strictObject({
        storage: z.string(),
        error: z.number().nullable(),
        relabelled: z.number().optional(),
      }),
    )
    .optional(),
  comparison: comparison.optional(),
  twoLayer: twoLayerFindingsSchema.optional(),
  method: z.string(),
  seed: z.int(),
  storage: z.enum(storages),
  points: z.int(),
  provenance: z.string(),
})

type ReadRun = z.output<typeof runSchema>

/** `run.json`: how the set was made. It holds no time, host or absolute path. */
export type RunRecord = Omit<ReadRun, 'comparison' | 'twoLayer'> & {
  readonly comparison?: Comparison
  /** What was measured of a two-layer set. */
  readonly twoLayer?: TwoLayerFindings
}

/** What the maker of a set must tell; the rest of the record follows from the set. */
export type RunDescription = Pick<
  RunRecord,
  'settings' | 'data' | 'provider' | 'versions' | 'cost' | 'timings' | 'storageErrors'
> & {
  /** The words of the command line, e.g. ['retort', 'distill', 'mnist']. */
  readonly command: readonly string[]
}

/** The record of a run, with folders taken out of every text. */
export function runRecord(description: RunDescription, set: DistilledSet, storage: Storage): RunRecord {
  const { command, settings, data, provider, versions, cost, timings, storageErrors } = description
  return {
    schemaVersion: 1,
    command: commandText(command),
    settings: Object.fromEntries(
      Object.entries({ ...settings, ...optionsOf(set) }).map(([name, value]) => [
        name,
        typeof value === 'string' ? withoutFolders(value) : value,
      ]),
    ),
    data: { ...data, name: withoutFolders(data.name), notes: data.notes.map(withoutFolders) },
    provider: { ...provider, description: withoutFolders(provider.description) },
    versions,
    cost,
    ...(timings && { timings }),
    ...(storageErrors && { storageErrors }),
    method: set.method,
    seed: set.seed,
    storage,
    points: set.points.rows,
    provenance: set.provenance,
  }
}

const plainOptions = z.record(z.string(), z.json())

/** The options of the method, which are plain JSON. */
function optionsOf({ options }: DistilledSet): z.output<typeof plainOptions> {
  return plainOptions.parse(JSON.parse(JSON.stringify(options)))
}

export function encodeRun(run: RunRecord): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalJson(run))
}

/**
 * @param file named in errors
 * @throws RetortError `artefact/corrupt`, `artefact/schema`
 */
export function decodeRun(file: string, bytes: Uint8Array): RunRecord {
  return decodeJson(file, bytes, runSchema)
}

/** JSON of a known schema version, checked. @throws RetortError `artefact/corrupt`, `artefact/schema` */
export function decodeJson<T>(file: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw corruptFile(
      file,
      `it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`,
      cause,
    )
  }
  if (typeof value !== 'object' || value === null) throw corruptFile(file, 'it is not a JSON object')
  const version = 'schemaVersion' in value ? value.schemaVersion : undefined
  if (version !== 1) throw unknownSchema(file, version)
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw corruptFile(file, firstFault(parsed.error), parsed.error)
  return parsed.data
}

import { z } from 'zod'
import { preprocessingNames } from '#core/dataset'
import type { DistilledSet } from '#core/distilled-set'
import type { Storage } from '#core/storage'
import { storages } from '#core/storage'
import { canonicalJson } from './canonical-json.ts'
import { corruptFile, unknownSchema } from './faults.ts'
import { featuresMetadata, featuresSchema } from './feature-tensors.ts'
import { trainingMetadata, trainingSchema } from './training-tensors.ts'

/** Marks a safetensors file as ours, in `__metadata__`. */
export const setFormat = 'retort-distilled-set'
const schemaVersion = 1

const names = z.array(z.string())
const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('class'), names }),
  z.strictObject({ kind: z.literal('real'), names }),
])

/** Everything of a set that is no array. Each member is one JSON text in the file's metadata. */
const metadataSchema = z.object({
  format: z.literal(setFormat),
  inputShape: z.array(z.int().positive()).min(1),
  method: z.string(),
  options: z.record(z.string(), z.json()),
  preprocessing: z.strictObject({
    name: z.enum(preprocessingNames),
    normalised: z.boolean().optional(),
    regularisation: z.number().optional(),
  }),
  provenance: z.string(),
  seed: z.int(),
  storage: z.enum(storages),
  target,
  training: trainingSchema,
  features: featuresSchema.optional(),
})

export type SetMetadata = z.output<typeof metadataSchema>

/** Metadata of the safetensors file: one JSON text per key, so that each is readable by itself. */
export function encodeMetadata(set: DistilledSet, storage: Storage): Record<string, string> {
  const { inputShape, method, options, preprocessing, provenance, seed, target, training } = set
  const members = {
    format: setFormat,
    schemaVersion,
    inputShape,
    method,
    options,
    preprocessing: {
      name: preprocessing.name,
      ...(preprocessing.normalised && { normalised: true }),
      ...(preprocessing.name === 'zca' && { regularisation: preprocessing.regularisation }),
    },
    provenance,
    seed,
    storage,
    target,
    training: trainingMetadata(training),
    ...(set.features && { features: featuresMetadata(set.features) }),
  }
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) => [
      key,
      typeof value === 'object' ? canonicalJson(value).trimEnd() : JSON.stringify(value),
    ]),
  )
}

/**
 * @param file named in errors
 * @throws RetortError `artefact/schema`, `artefact/corrupt`
 */
export function decodeMetadata(file: string, metadata: Readonly<Record<string, string>>): SetMetadata {
  const members: Record<string, unknown> = {}
  for (const [key, text] of Object.entries(metadata)) {
    try {
      members[key] = JSON.parse(text)
    } catch (cause) {
      throw corruptFile(file, `its metadata '${key}' is not JSON`, cause)
    }
  }
  if (members.format !== setFormat) throw corruptFile(file, `its metadata lacks format "${setFormat}"`)
  if (members.schemaVersion !== schemaVersion) throw unknownSchema(file, members.schemaVersion)
  const parsed = metadataSchema.safeParse(members)
  if (parsed.success) return parsed.data
  throw corruptFile(file, firstFault(parsed.error), parsed.error)
}

/** The first fault that zod found, as "key: what is wrong". */
export function firstFault(error: z.ZodError): string {
  const [issue] = error.issues
  return `${issue.path.join('.') || 'the whole'}: ${issue.message}`
}

import { z } from 'zod'
import { RetortError } from '#core/errors'
import { sha256 } from '#core/hash'
import { turn } from '#core/turn'
import { corrupt, unsupported } from '#data/faults'
import type { SafetensorsFile, TensorInput } from '#data/formats/safetensors'
import { encodeSafetensors, readSafetensors } from '#data/formats/safetensors'
import type { Source } from '#data/source'
import type { StatisticsPass } from './collect.ts'
import type { RecordShape, StatisticsRecord } from './record.ts'
import { createRecord, finishRecord, mergeRecords, sizesOf } from './record.ts'
import { triangleLength } from './packed-triangle.ts'

/** What the head of a statistics file says; the sums are read by `load`. */
export interface StatisticsFile extends Omit<StatisticsPass, 'fit' | 'holdOut'> {
  readonly path: string
  readonly shape: RecordShape
  /** @throws RetortError `data/corrupt` when the content does not match its digest */
  load(): Promise<StatisticsPass>
}

/** Bytes hashed between two turns of the event loop: a few milliseconds. */
const piece = 1 << 23

const format = 'retort-statistics 1'
const recordMeta = z.object({
  count: z.int().min(0),
  addends: z.int().min(0),
  added: z.string().regex(/^[0-9a-f]+$/),
  removed: z.string().regex(/^[0-9a-f]+$/),
})
const headSchema = z.object({
  name: z.string(),
  examples: z.int().min(0),
  shard: z.object({ index: z.int().min(1), count: z.int().min(1) }),
  membership: z.object({ seed: z.number(), share: z.number() }).optional(),
  elementType: z.enum(['uint8', 'float32', 'float64']),
  inputShape: z.array(z.int().min(1)).min(1),
  target: z.object({ kind: z.enum(['class', 'real']), names: z.array(z.string()) }),
  fit: recordMeta,
  holdOut: recordMeta,
})
type Head = z.output<typeof headSchema>

/**
 * The bytes of a statistics file: safetensors with `origin`, and for both records the packed upper triangle of the sums
 * (`fit.sums`, or `fit.digits` and `fit.places` of order-free sums). Metadata: `head` (JSON), `provenance` of all
 * examples together, and `digest`, the SHA-256 of all else. Equal statistics have equal bytes.
 */
export async function encodeStatistics(saved: StatisticsPass): Promise<Uint8Array<ArrayBuffer>> {
  const { name, examples, shard, membership, fit, holdOut } = saved
  const { elementType, inputShape, target, origin } = fit.shape
  const head: Head = {
    name,
    examples,
    shard,
    membership,
    elementType,
    inputShape: [...inputShape],
    target: { kind: target.kind, names: [...target.names] },
    fit: metaOf(fit),
    holdOut: metaOf(holdOut),
  }
  const tensors: Record<string, TensorInput> = {
    origin: { dtype: 'F64', shape: [origin.length], data: origin },
    ...tensorsOf('fit', fit),
    ...tensorsOf('holdOut', holdOut),
  }
  const text = JSON.stringify(headSchema.parse(head))
  const { provenance } = await finishRecord(await mergeRecords([fit, holdOut]))
  const digest = await digestOf(text, provenance, Object.entries(tensors))
  return encodeSafetensors(tensors, { format, head: text, provenance, digest })
}

/**
 * Reads the head of a statistics file.
 * @throws RetortError `data/unsupported` when it is another kind of file, `data/corrupt`, `data/truncated`
 */
export async function openStatistics(source: Source): Promise<StatisticsFile> {
  const path = source.name
  const file = await readSafetensors(source)
  if (file.metadata.format !== format) {
    throw unsupported(
      path,
      file.metadata.format?.startsWith('retort-statistics')
        ? `its format is '${file.metadata.format}'; this version reads '${format}'`
        : 'it holds no statistics',
      'Write it anew: retort statistics DATA -o PART',
    )
  }
  const head = parsedHead(path, file.metadata.head)
  const { name, examples, shard, membership, elementType, inputShape, target } = head
  const origin = await read(path, file, 'origin')
  const p = inputShape.reduce((product, side) => product * side, 1)
  if (!(origin instanceof Float64Array) || origin.length !== p) {
    throw corrupt(path, `the origin does not have ${p} numbers`)
  }
  const shape: RecordShape = { inputShape, elementType, target, origin }
  const about = { name, examples, shard, membership }
  return {
    ...about,
    path,
    shape,
    async load() {
      const tensors: [string, TensorInput][] = []
      for (const [key, { dtype, shape: sides }] of Object.entries(file.tensors)) {
        tensors.push([key, { dtype, shape: sides, data: await read(path, file, key) }])
      }
      if ((await digestOf(file.metadata.head, file.metadata.provenance, tensors)) !== file.metadata.digest) {
        throw corrupt(path, 'its content does not match its digest')
      }
      const data = Object.fromEntries(tensors)
      return {
        ...about,
        fit: recordFrom(path, shape, head.fit, data, 'fit'),
        holdOut: recordFrom(path, shape, head.holdOut, data, 'holdOut'),
      }
    },
  }
}

function metaOf({ sums, count, added, removed }: StatisticsRecord): Head['fit'] {
  return {
    count,
    addends: sums.kind === 'binned' ? sums.addends : 0,
    added: added.toString(16),
    removed: removed.toString(16),
  }
}

function tensorsOf(prefix: string, { sums }: StatisticsRecord): Record<string, TensorInput> {
  if (sums.kind === 'exact') {
    return { [`${prefix}.sums`]: { dtype: 'F64', shape: [sums.values.length], data: sums.values } }
  }
  return {
    [`${prefix}.digits`]: { dtype: 'F64', shape: [sums.places.length, 3], data: sums.digits },
    [`${prefix}.places`]: { dtype: 'I8', shape: [sums.places.length], data: sums.places },
  }
}

function recordFrom(
  path: string,
  shape: RecordShape,
  meta: Head['fit'],
  tensors: Record<string, TensorInput | undefined>,
  prefix: string,
): StatisticsRecord {
  const record = createRecord({ ...shape })
  const fill = (target: Float64Array | Int8Array, name: string): void => {
    const data = tensors[`${prefix}.${name}`]?.data
    if (data?.constructor !== target.constructor || data.length !== target.length) {
      throw corrupt(
        path,
        `the sums of a ${sizesOf(shape).size} × ${sizesOf(shape).size} matrix are missing`,
        {
          needed: triangleLength(sizesOf(shape).size),
        },
      )
    }
    if (data instanceof Float64Array || data instanceof Int8Array) target.set(data)
  }
  if (record.sums.kind === 'exact') fill(record.sums.values, 'sums')
  else {
    fill(record.sums.digits, 'digits')
    fill(record.sums.places, 'places')
    record.sums.addends = meta.addends
  }
  record.count = meta.count
  record.added = BigInt(`0x${meta.added}`)
  record.removed = BigInt(`0x${meta.removed}`)
  return record
}

async function digestOf(head: string, provenance: string, tensors: [string, TensorInput][]): Promise<string> {
  const hash = sha256().update(new TextEncoder().encode(JSON.stringify([format, head, provenance])))
  for (const [name, { data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(new TextEncoder().encode(`${name} ${data.byteLength}\n`))
    for (let start = 0; start < data.byteLength; start += piece) {
      const length = Math.min(piece, data.byteLength - start)
      hash.update(new Uint8Array(data.buffer, data.byteOffset + start, length))
      await turn()
    }
  }
  return hash.digest()
}

function parsedHead(path: string, text: string | undefined): Head {
  try {
    return headSchema.parse(JSON.parse(text ?? ''))
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw cause
    throw corrupt(path, 'the head of the statistics cannot be read')
  }
}

async function read(path: string, file: SafetensorsFile, name: string) {
  const tensor = file.tensors[name]
  if (!tensor) throw corrupt(path, `it has no tensor '${name}'`)
  return tensor.read()
}

/** @throws RetortError `data/statistics-differ` naming what differs */
export function requireSamePass(a: StatisticsFile, b: StatisticsFile): void {
  const of = ({ name, examples, shard, membership }: StatisticsFile) => [
    ['dataset', name],
    ['number of examples', String(examples)],
    ['number of shards', String(shard.count)],
    ['hold-out', membership ? `seed ${membership.seed}, share ${membership.share}` : 'none'],
  ]
  const others = of(b)
  of(a).forEach(([what, value], i) => {
    if (value === others[i][1]) return
    throw new RetortError({
      code: 'data/statistics-differ',
      message: `${a.path} and ${b.path} do not belong together: ${what} ${value} and ${others[i][1]}`,
      why: 'Only the shards of one pass make up the whole.',
      hint: 'Take all shards with the same command, changing only i: retort statistics DATA --shard i/n -o part-i',
      path: b.path,
      values: { what, first: value, second: others[i][1] },
    })
  })
}

import type { NamedArray } from '../arrays/named-array.ts'
import type { ElementKind } from '../elements.ts'
import { corrupt, truncated, unsupported } from '../faults.ts'
import type { Source } from '../source.ts'
import type { Format } from './format.ts'

/**
 * Safetensors (github.com/huggingface/safetensors, "Format"): 8-byte little-endian header length, JSON header, then
 * the tensors back to back without holes. Typed arrays are little-endian on every platform that runs JavaScript.
 */
const bytesPerElement = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const

export type Dtype = keyof typeof bytesPerElement

/** Array type of each element type; half precision is kept as its 16 bits. */
const arrayTypes = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const

export type TensorArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array

export interface TensorInput {
  readonly dtype: Dtype
  /** Sides; [] for a scalar. */
  readonly shape: readonly number[]
  /** Row-major, in the array type of `dtype`; F16 and BF16 as their 16 bits. */
  readonly data: TensorArray
}

export interface TensorEntry {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  /** First byte within the file. */
  readonly offset: number
  readonly byteLength: number
  /** The whole tensor; half precision as its 16 bits. */
  read(): Promise<TensorArray>
}

export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: Readonly<Record<string, TensorEntry>>
}

/** The reference implementation refuses longer headers. */
const largestHeader = 100_000_000

/**
 * The bytes of a safetensors file. Deterministic: tensors by descending element size and then name (so that each is
 * aligned, as the reference writer orders them), metadata by key, header padded with spaces to 8 bytes.
 * @param tensors data length must be the product of the shape
 * @throws RangeError for data that do not fit their dtype or shape
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorInput>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors).sort(
    ([nameA, a], [nameB, b]) => bytesPerElement[b.dtype] - bytesPerElement[a.dtype] || compare(nameA, nameB),
  )
  const header: [string, unknown][] = metadata
    ? [['__metadata__', Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => compare(a, b)))]]
    : []
  let offset = 0
  for (const [name, { dtype, shape, data }] of entries) {
    const elements = shape.reduce((product, side) => product * side, 1)
    if (!(data instanceof arrayTypes[dtype]) || data.length !== elements || name === '__metadata__') {
      throw new RangeError(
        `tensor '${name}' cannot be ${dtype} of shape [${shape.join(', ')}]: got ${data.length} elements in a ${data.constructor.name}`,
      )
    }
    header.push([name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] }])
    offset += data.byteLength
  }
  const text = new TextEncoder().encode(
    `{${header.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`,
  )
  const headerLength = Math.ceil(text.length / 8) * 8
  const bytes = new Uint8Array(8 + headerLength + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.fill(0x20, 8, 8 + headerLength)
  bytes.set(text, 8)
  let position = 8 + headerLength
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position)
    position += data.byteLength
  }
  return bytes
}

/**
 * Reads and checks the header; tensors are read when asked for.
 * @throws RetortError `data/truncated`, `data/corrupt` (header, offsets, sizes), `data/unsupported` (element type)
 */
export async function readSafetensors(source: Source): Promise<SafetensorsFile> {
  const { name: path, byteLength } = source
  if (byteLength < 8) throw truncated(path, 8, byteLength, 'the header length')
  const length = Number(new DataView(await source.slice(0, 8)).getBigUint64(0, true))
  if (length > largestHeader) {
    const found = `its first 8 bytes announce a header of ${length} bytes, more than the ${largestHeader} allowed`
    throw corrupt(path, `${found}: it is no safetensors file`, { length, largest: largestHeader })
  }
  if (8 + length > byteLength) throw truncated(path, 8 + length, byteLength, 'the header')
  const header = parseHeader(path, new Uint8Array(await source.slice(8, 8 + length)))
  const base = 8 + length
  const metadata = '__metadata__' in header ? checkedMetadata(path, header.__metadata__) : {}
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]): [string, TensorEntry] => [name, checkedEntry(source, base, name, value)])
  const ordered = tensors
    .map(([, entry]) => entry)
    .sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)
  let end = base
  for (const entry of ordered) {
    if (entry.offset !== end) {
      throw corrupt(path, `tensor data have a hole or an overlap at byte ${Math.min(end, entry.offset)}`, {
        expected: end,
        found: entry.offset,
      })
    }
    end += entry.byteLength
  }
  if (end > byteLength) throw truncated(path, end, byteLength, 'the last tensor')
  if (end < byteLength)
    throw corrupt(path, `${byteLength - end} bytes follow the last tensor`, { end, byteLength })
  return { metadata, tensors: Object.fromEntries(tensors) }
}

function parseHeader(path: string, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw corrupt(path, `the header is not JSON (${cause instanceof Error ? cause.message : String(cause)})`)
  }
  if (!isRecord(header)) throw corrupt(path, 'the header is not a JSON object')
  return header
}

function checkedMetadata(path: string, value: unknown): Record<string, string> {
  if (!isRecord(value)) throw corrupt(path, '__metadata__ is not an object')
  const result: [string, string][] = Object.entries(value).map(([key, text]) => {
    if (typeof text !== 'string') throw corrupt(path, `__metadata__ '${key}' is not text`)
    return [key, text]
  })
  return Object.fromEntries(result)
}

function checkedEntry(source: Source, base: number, name: string, value: unknown): TensorEntry {
  const path = source.name
  if (!isRecord(value)) throw corrupt(path, `the entry of tensor '${name}' is not an object`)
  const { dtype, shape, data_offsets: offsets } = value
  if (!isWholeNumbers(shape) || !isWholeNumbers(offsets) || offsets.length !== 2) {
    throw corrupt(path, `tensor '${name}' has no valid shape and data_offsets`)
  }
  if (typeof dtype !== 'string' || !isDtype(dtype)) {
    throw unsupported(
      path,
      `tensor '${name}' has element type ${JSON.stringify(dtype)}`,
      `Convert the tensor to F32 or F64; known types: ${Object.keys(bytesPerElement).join(', ')}.`,
    )
  }
  const byteLength = shape.reduce((product, side) => product * side, bytesPerElement[dtype])
  const [start, end] = offsets
  if (!Number.isSafeInteger(byteLength) || end - start !== byteLength) {
    throw corrupt(
      path,
      `tensor '${name}' spans ${end - start} bytes; ${dtype} of shape [${shape.join(', ')}] needs ${byteLength}`,
      { start, end, needed: byteLength },
    )
  }
  const offset = base + start
  const read = async () => {
    const bytes = await source.slice(offset, offset + byteLength)
    if (bytes.byteLength !== byteLength) {
      throw truncated(path, offset + byteLength, offset + bytes.byteLength, `tensor '${name}'`)
    }
    return new arrayTypes[dtype](bytes)
  }
  return { dtype, shape, offset, byteLength, read }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((side) => Number.isSafeInteger(side) && side >= 0)
}

function isDtype(name: string): name is Dtype {
  return Object.hasOwn(bytesPerElement, name)
}

const elementKinds: Readonly<Record<Dtype, ElementKind>> = {
  F64: 'float64',
  I64: 'int64',
  U64: 'uint64',
  F32: 'float32',
  I32: 'int32',
  U32: 'uint32',
  F16: 'float16',
  BF16: 'bfloat16',
  I16: 'int16',
  U16: 'uint16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
}

/** Tensors as a dataset: `x`, `points`, `data`, … with `y`, `labels`, …; one file, or one a split. */
export const safetensors: Format = {
  id: 'safetensors',
  title: 'safetensors',

  async matches({ files }) {
    return files.some(({ name }) => /\.safetensors$/i.test(name))
  },

  async open(place, options) {
    // Loaded here only: statistics and artefacts use this file for its reader and writer.
    const { arrayDataset } = await import('../arrays/dataset.ts')
    const texts = place.files.filter(({ name }) => /\.(csv|tsv|txt)$/i.test(name))
    const files = place.files.filter(({ name }) => /\.safetensors$/i.test(name))
    const arrays = await Promise.all(files.map(tensorArrays))
    return arrayDataset(place, arrays.flat(), options, texts)
  },
}

/** The tensors of a file with at least one axis, as arrays to be streamed. */
async function tensorArrays(source: Source): Promise<NamedArray[]> {
  const { plainContent } = await import('../content.ts')
  const { tensors } = await readSafetensors(source)
  return Object.entries(tensors)
    .filter(([, { shape }]) => shape.length > 0)
    .map(([member, { dtype, shape, offset, byteLength }]) => {
      const name = `${source.name}/${member}`
      const bytes = { name, byteLength: source.byteLength, slice: source.slice.bind(source) }
      const content = plainContent(bytes, offset, byteLength)
      const encoding = { kind: elementKinds[dtype], littleEndian: true }
      return { name, file: source.name, member, encoding, shape, content, offset: 0 }
    })
}

import type { Target } from '#core/dataset'
import { turn } from '#core/turn'
import type { OpenOptions } from '../formats/format.ts'
import { classesOf, classLane, type LabelColumn } from '../classes.ts'
import { bytesContent } from '../content.ts'
import { decoderOf, elementOf, firstNotFinite } from '../elements.ts'
import { corrupt, countMismatch, notFinite, truncated, unsupported } from '../faults.ts'
import type { LabelFile } from '../label-file.ts'
import { checkLength, type Lane } from '../rows.ts'
import { isNumeric, type NamedArray, numeric, type NumberArray, rowSize } from './named-array.ts'

/** Decoded between two turns of the event loop: about 10 ms of work. */
const wordsPerTurn = 1 << 14

/** Where the labels of a split lie: an array, or the column of a text file. */
export type LabelSource = NamedArray | LabelFile

/**
 * The target that the labels of the training split define: whole numbers and words are classes, other numbers are
 * real, as are several columns; `targetKind` overrides.
 * @throws RetortError as `classesOf` does; `data/unsupported` for classes in several columns
 */
export async function targetOf(labels: LabelSource, { targetKind, signal }: OpenOptions): Promise<Target> {
  const columns = columnsOf(labels)
  const kind = targetKind ?? (columns > 1 ? 'real' : isWhole(labels) ? 'class' : 'real')
  if (kind === 'class') {
    return { kind, names: await classesOf(labelColumn(labels), targetKind === 'class', signal) }
  }
  const name = ('member' in labels ? labels.member : undefined) ?? 'y'
  return { kind, names: columns === 1 ? [name] : Array.from({ length: columns }, (_, j) => `${name}${j}`) }
}

/**
 * The labels of a split, ready to enter a batch beside `inputCount` inputs of `inputs`.
 * @throws RetortError `data/count-mismatch`, `data/label-out-of-range`, `data/not-finite`
 */
export async function labelLane(
  labels: LabelSource,
  target: Target,
  inputs: string,
  inputCount: number,
  signal?: AbortSignal,
): Promise<Lane> {
  const count = 'shape' in labels ? labels.shape[0] : labels.count
  if (count !== inputCount) throw countMismatch(inputs, inputCount, labels.name, count)
  if (target.kind === 'class') return classLane(labelColumn(labels), target.names, signal)
  if (columnsOf(labels) !== target.names.length) {
    throw unsupported(
      labels.name,
      `it has ${columnsOf(labels)} target columns; the training split has ${target.names.length}`,
      'Give labels of the same shape for both splits: --test-labels FILE',
    )
  }
  if (!('shape' in labels)) return realFileLane(labels)
  const lane = realLane(numeric(labels, 'labels'), target.names.length)
  checkLength(lane)
  return lane
}

function columnsOf(labels: LabelSource): number {
  return 'shape' in labels ? rowSize(labels) : 1
}

function isWhole(labels: LabelSource): boolean {
  if (!('shape' in labels)) return labels.kind === 'class'
  return !isNumeric(labels) || elementOf(labels.encoding.kind).integer
}

function realLane({ name, content, offset, shape, encoding }: NumberArray, columns: number): Lane {
  const decode = decoderOf(encoding)
  return {
    content,
    offset,
    rowBytes: columns * elementOf(encoding.kind).bytes,
    count: shape[0],
    write(bytes, rows, { targets }, at, first) {
      decode(bytes, rows * columns, targets, at * columns)
      checkFinite(name, targets, at * columns, rows * columns, first, columns)
    },
  }
}

/** The numbers of a text file, held in memory: 8 bytes a row. */
async function realFileLane(labels: LabelFile): Promise<Lane> {
  const held = new Float64Array(labels.count)
  let row = 0
  for await (const block of labels.values()) for (const value of block) held[row++] = Number(value)
  checkFinite(labels.name, held, 0, held.length, 0, 1)
  return {
    content: bytesContent(labels.name, new Uint8Array(held.buffer)),
    offset: 0,
    rowBytes: 8,
    count: labels.count,
    write(_, rows, { targets }, at, first) {
      targets.set(held.subarray(first, first + rows), at)
    },
  }
}

function checkFinite(
  name: string,
  values: Int32Array | Float64Array,
  start: number,
  length: number,
  firstRow: number,
  columns: number,
): void {
  if (values instanceof Int32Array) return
  const bad = firstNotFinite(values, start, start + length)
  if (bad < 0) return
  throw notFinite(name, firstRow + Math.floor((bad - start) / columns), (bad - start) % columns, values[bad])
}

function labelColumn(labels: LabelSource): LabelColumn {
  if (!('shape' in labels)) return labels
  if (rowSize(labels) !== 1) {
    throw unsupported(
      labels.name,
      `its shape [${labels.shape.join(', ')}] is not one class a row`,
      'Give one whole number a row, e.g. y = y.argmax(axis=1), or use --target-kind real',
    )
  }
  const values = (signal?: AbortSignal) =>
    isNumeric(labels) ? numbersOf(labels, signal) : wordsOf(labels, signal)
  return { name: labels.name, count: labels.shape[0], values }
}

async function* numbersOf(labels: NumberArray, signal?: AbortSignal): AsyncGenerator<Float64Array> {
  const decode = decoderOf(labels.encoding)
  const { bytes: size } = elementOf(labels.encoding.kind)
  for await (const bytes of wholeRows(labels, size, signal)) {
    const values = new Float64Array(bytes.length / size)
    decode(bytes, values.length, values, 0)
    yield values
  }
}

async function* wordsOf(labels: NamedArray, signal?: AbortSignal): AsyncGenerator<string[]> {
  const { encoding } = labels
  if (encoding.kind !== 'bytes' && encoding.kind !== 'unicode') return
  const { bytes: size, littleEndian } = encoding
  const decoder = new TextDecoder()
  const wordOf = (bytes: Uint8Array) => {
    if (encoding.kind === 'bytes') return decoder.decode(bytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset, size)
    let word = ''
    for (let i = 0; i < size; i += 4) word += String.fromCodePoint(view.getUint32(i, littleEndian))
    return word
  }
  for await (const bytes of wholeRows(labels, size, signal)) {
    for (let start = 0; start < bytes.length; start += wordsPerTurn * size) {
      const words: string[] = []
      const end = Math.min(bytes.length, start + wordsPerTurn * size)
      for (let at = start; at < end; at += size) {
        words.push(wordOf(bytes.subarray(at, at + size)).replace(/\0+$/, ''))
      }
      yield words
      await turn()
    }
  }
}

/** The bytes of a label array, cut so that no element is split; its length is checked against its shape. */
async function* wholeRows(
  labels: NamedArray,
  size: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { content, offset, shape, name } = labels
  const needed = shape[0] * size
  let rest = new Uint8Array(0)
  let found = 0
  for await (const chunk of content.stream(offset, undefined, signal)) {
    found += chunk.length
    const bytes = new Uint8Array(rest.length + chunk.length)
    bytes.set(rest)
    bytes.set(chunk, rest.length)
    rest = bytes.slice(bytes.length - (bytes.length % size))
    if (bytes.length > rest.length) yield bytes.subarray(0, bytes.length - rest.length)
  }
  if (found > needed)
    throw corrupt(name, `bytes follow the ${shape[0]} labels of its header`, { needed, found })
  if (found < needed) throw truncated(name, offset + needed, offset + found, `a count of ${shape[0]} labels`)
}

import { RetortError } from '#core/errors'
import { bytesContent } from './content.ts'
import { unsupported } from './faults.ts'
import type { Lane } from './rows.ts'

/** The labels of one split, block by block, as often as they are asked for. */
export interface LabelColumn {
  /** The file, for errors. */
  readonly name: string
  readonly count: number
  values(signal?: AbortSignal): AsyncIterable<ArrayLike<number> | readonly string[]>
}

/** More classes than this are no classes; indices are kept in 16 bits. */
const mostClasses = 65536

/**
 * The distinct labels of the training split in order (numbers by value, words by code unit): class i is the i-th.
 * @param asked the user said that these are classes; otherwise mostly distinct numbers are refused as a guess
 * @throws RetortError `data/one-class`, `data/label-not-whole`, `data/too-many-classes`, `data/ambiguous-target`
 */
export async function classesOf(
  column: LabelColumn,
  asked: boolean,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const seen = new Set<number | string>()
  let row = 0
  for await (const block of column.values(signal)) {
    for (let i = 0; i < block.length; i++, row++) {
      const label = block[i]
      if (typeof label === 'number' && !Number.isSafeInteger(label)) throw notWhole(column.name, row, label)
      seen.add(label)
    }
    if (seen.size > mostClasses) throw tooManyClasses(column.name, seen.size)
  }
  if (seen.size === 1) {
    throw new RetortError({
      code: 'data/one-class',
      message: `${column.name}: all ${column.count} labels are ${[...seen][0]}`,
      why: 'With one class there is nothing to learn.',
      hint: 'Give data with at least two classes, or treat the target as a number: --target-kind real',
      path: column.name,
      values: { classes: 1, count: column.count },
    })
  }
  const labels = [...seen].map(String)
  const numeric = labels.every((label) => /^-?\d{1,15}$/.test(label))
  if (numeric && !asked && seen.size > Math.max(100, column.count / 2)) {
    throw new RetortError({
      code: 'data/ambiguous-target',
      message: `${column.name}: ${seen.size} distinct whole numbers in ${column.count} labels`,
      why: 'These look like measurements rather than classes.',
      hint: 'Say which they are: --target-kind real or --target-kind class',
      path: column.name,
      values: { distinct: seen.size, count: column.count },
    })
  }
  return labels.sort(numeric ? (a, b) => Number(a) - Number(b) : (a, b) => (a < b ? -1 : 1))
}

/**
 * The labels of a split as class indices, held in one or two bytes each, ready to enter a batch.
 * @throws RetortError `data/label-out-of-range` for a label that is none of the classes
 */
export async function classLane(
  column: LabelColumn,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Lane> {
  const indices = new Map<string | number, number>()
  names.forEach((name, index) => indices.set(name, index))
  names.forEach((name, index) => /^-?\d{1,15}$/.test(name) && indices.set(Number(name), index))
  const held = names.length > 256 ? new Uint16Array(column.count) : new Uint8Array(column.count)
  let row = 0
  for await (const block of column.values(signal)) {
    for (let i = 0; i < block.length; i++, row++) {
      const index = indices.get(block[i])
      if (index === undefined) throw outOfRange(column.name, row, block[i], names)
      held[row] = index
    }
  }
  return {
    content: bytesContent(column.name, new Uint8Array(held.buffer)),
    offset: 0,
    rowBytes: held.BYTES_PER_ELEMENT,
    count: column.count,
    write(_, rows, { targets }, at, first) {
      for (let i = 0; i < rows; i++) targets[at + i] = held[first + i]
    },
  }
}

/** A label that is none of the classes. */
export function outOfRange(
  path: string,
  row: number,
  label: string | number,
  names: readonly string[],
): RetortError {
  const known = names.length > 8 ? `${names[0]} … ${names[names.length - 1]}` : names.join(', ')
  return new RetortError({
    code: 'data/label-out-of-range',
    message: `${path}: label ${label} of row ${row} (from 0) is none of the ${names.length} classes ${known}`,
    why: 'The classes are those of the training split, or those that the format fixes.',
    hint: 'Remove that row, or give the label file that belongs to the data.',
    path,
    values: { row, label, classes: names.length },
  })
}

function notWhole(path: string, row: number, label: number): RetortError {
  return new RetortError({
    code: 'data/label-not-whole',
    message: `${path}: label ${label} of row ${row} (from 0) is not a whole number`,
    why: 'Classes are named by whole numbers or by words.',
    hint: 'Treat the target as a number: --target-kind real',
    path,
    values: { row, label: String(label) },
  })
}

function tooManyClasses(path: string, classes: number): RetortError {
  return unsupported(
    path,
    `more than ${mostClasses} distinct labels`,
    'Treat the target as a number (--target-kind real), or name the right label file with --labels',
    { classes },
  )
}

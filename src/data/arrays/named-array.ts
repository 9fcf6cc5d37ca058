import type { Content } from '../content.ts'
import type { Encoding } from '../elements.ts'
import { unsupported } from '../faults.ts'

/** Text of fixed length, as NumPy keeps it: bytes, or four-byte code points. */
export interface TextEncoding {
  readonly kind: 'bytes' | 'unicode'
  /** Bytes per element, padded with zeros. */
  readonly bytes: number
  readonly littleEndian: boolean
}

/** A row-major array within a file: an IDX or NPY file, a member of an NPZ, a tensor. Rows are its first axis. */
export interface NamedArray {
  /** Unique within the dataset: the file, and the member where a file holds several. */
  readonly name: string
  readonly file: string
  /** Name within the file, without extension, e.g. `x_train`. */
  readonly member?: string
  readonly encoding: Encoding | TextEncoding
  /** At least one side; the first is the number of rows. */
  readonly shape: readonly number[]
  readonly content: Content
  /** Where row 0 begins in the content. */
  readonly offset: number
}

export interface NumberArray extends NamedArray {
  readonly encoding: Encoding
}

export function isNumeric(array: NamedArray): array is NumberArray {
  return array.encoding.kind !== 'bytes' && array.encoding.kind !== 'unicode'
}

/** Values in one row. */
export function rowSize(array: NamedArray): number {
  return array.shape.slice(1).reduce((product, side) => product * side, 1)
}

/** @throws RetortError `data/unsupported` for text where numbers are needed */
export function numeric(array: NamedArray, role: string): NumberArray {
  if (isNumeric(array)) return array
  throw unsupported(
    array.name,
    `the ${role} are text`,
    `Encode them as numbers, or name the right array: --${role === 'inputs' ? 'train' : 'labels'} NAME`,
  )
}

/** Name and shape, for errors. */
export function describeArray({ name, shape }: NamedArray): string {
  return `${name} [${shape.join(', ')}]`
}

import type { InputArray } from '#core/dataset'
import type { AnyMatrix } from '#core/matrix'
import { matrix, matrix32 } from '#core/matrix'
import { RetortError } from '#core/errors'
import type { RecordShape } from './record.ts'
import { byteOrigin, isExactShape, sizesOf } from './record.ts'

/** A block of rows z = (x − origin, y, 1) on its way to a symmetric product. */
export interface RowBuffer {
  readonly data: Float32Array | Float64Array
  count: number
}

/** Raw examples; `name(row)` says which one a row is, for errors. */
export interface ExampleRows {
  readonly inputs: InputArray
  readonly targets: Int32Array | Float64Array
  name(row: number): string
}

/** Writes examples as rows z: float32 where sums are exact integers, float64 otherwise. */
export interface RowWriter {
  readonly size: number
  readonly bytesPerRow: number
  create(rows: number): RowBuffer
  /** The block that `append` takes rows from; its arrays must stay unchanged. */
  open(block: ExampleRows): void
  /**
   * Appends rows from..to of the open block; the buffer has room.
   * @throws RetortError `data/not-finite`, `data/label-range`
   */
  append(buffer: RowBuffer, from: number, to: number): void
  /** The filled rows as a matrix that shares storage. */
  matrixOf(buffer: RowBuffer): AnyMatrix
}

export function createRowWriter(shape: RecordShape): RowWriter {
  const { inputSize: p, targetSize: k, size } = sizesOf(shape)
  const exact = isExactShape(shape)
  const shifted = exact ? [] : [...shape.origin.keys()].filter((j) => shape.origin[j] !== 0)
  let inputs: InputArray | Int8Array = new Uint8Array()
  let targets: Int32Array | Float64Array = new Float64Array()
  let name: ExampleRows['name'] = String
  let scratch = new Uint8Array()

  /** x − 128 of every byte at once: as a signed byte it is x with its top bit flipped. */
  const signedBytes = (bytes: Uint8Array): Int8Array => {
    const words = Math.ceil(bytes.length / 4)
    if (scratch.length < 4 * words) scratch = new Uint8Array(4 * words)
    scratch.set(bytes)
    const flipped = new Uint32Array(scratch.buffer, 0, words)
    for (let i = 0; i < words; i++) flipped[i] ^= 0x80808080
    return new Int8Array(scratch.buffer, 0, bytes.length)
  }

  const writeTarget = (data: Float32Array | Float64Array, at: number, row: number): void => {
    if (targets instanceof Float64Array) {
      data.set(targets.subarray(row * k, (row + 1) * k), at)
      return
    }
    const label = targets[row]
    if (!(label >= 0 && label < k)) throw labelOutOfRange(name(row), label, k)
    data.fill(0, at, at + k)
    data[at + label] = 1
  }

  return {
    size,
    bytesPerRow: size * (exact ? 4 : 8),
    create: (rows) => ({
      data: exact ? new Float32Array(rows * size) : new Float64Array(rows * size),
      count: 0,
    }),
    open(block) {
      inputs = exact && block.inputs instanceof Uint8Array ? signedBytes(block.inputs) : block.inputs
      targets = block.targets
      name = block.name
    },
    append(buffer, from, to) {
      const { data } = buffer
      for (let row = from; row < to; row++) {
        const at = buffer.count++ * size
        data.set(inputs.subarray(row * p, (row + 1) * p), at)
        for (const j of shifted) data[at + j] -= shape.origin[j]
        writeTarget(data, at + p, row)
        data[at + p + k] = 1
        if (!exact) requireFinite(data, at, size, () => name(row))
      }
    },
    matrixOf({ data, count }) {
      return data instanceof Float32Array
        ? matrix32(count, size, data.subarray(0, count * size))
        : matrix(count, size, data.subarray(0, count * size))
    },
  }
}

/** The origin of exact records. */
export function byteOrigins(inputSize: number): Float64Array {
  return new Float64Array(inputSize).fill(byteOrigin)
}

function requireFinite(
  data: Float32Array | Float64Array,
  at: number,
  size: number,
  name: () => string,
): void {
  let zero = 0
  for (let j = at; j < at + size; j++) zero += data[j] * 0
  if (zero === 0) return
  const column = data.subarray(at, at + size).findIndex((value) => !Number.isFinite(value))
  throw new RetortError({
    code: 'data/not-finite',
    message: `${name()} holds ${data[at + column]} in column ${column + 1}`,
    why: 'One such value would make every result NaN.',
    hint: 'Remove the example, or fill in the value, and run the same command again.',
    values: { column: column + 1 },
  })
}

function labelOutOfRange(name: string, label: number, classes: number): RetortError {
  return new RetortError({
    code: 'data/label-range',
    message: `${name} has class ${label}; the classes are 0 to ${classes - 1}`,
    hint: 'Correct the label, or remove the example.',
    values: { label, classes },
  })
}

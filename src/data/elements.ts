import type { Dataset, InputArray } from '#core/dataset'

/** The number types that files hold, and how they become the three that a batch holds without losing a bit. */
interface Element {
  readonly bytes: number
  readonly becomes: Dataset['elementType']
  readonly integer: boolean
  read(view: DataView, offset: number, littleEndian: boolean): number
}

const elements = {
  uint8: { bytes: 1, becomes: 'uint8', integer: true, read: (view, at) => view.getUint8(at) },
  bool: { bytes: 1, becomes: 'uint8', integer: true, read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
  int8: { bytes: 1, becomes: 'float32', integer: true, read: (view, at) => view.getInt8(at) },
  uint16: { bytes: 2, becomes: 'float32', integer: true, read: (view, at, le) => view.getUint16(at, le) },
  int16: { bytes: 2, becomes: 'float32', integer: true, read: (view, at, le) => view.getInt16(at, le) },
  uint32: { bytes: 4, becomes: 'float64', integer: true, read: (view, at, le) => view.getUint32(at, le) },
  int32: { bytes: 4, becomes: 'float64', integer: true, read: (view, at, le) => view.getInt32(at, le) },
  uint64: { bytes: 8, becomes: 'float64', integer: true, read: (view, at, le) => wide(view, at, le, false) },
  int64: { bytes: 8, becomes: 'float64', integer: true, read: (view, at, le) => wide(view, at, le, true) },
  float16: {
    bytes: 2,
    becomes: 'float32',
    integer: false,
    read: (view, at, le) => half(view.getUint16(at, le)),
  },
  bfloat16: { bytes: 2, becomes: 'float32', integer: false, read: brain },
  float32: { bytes: 4, becomes: 'float32', integer: false, read: (view, at, le) => view.getFloat32(at, le) },
  float64: { bytes: 8, becomes: 'float64', integer: false, read: (view, at, le) => view.getFloat64(at, le) },
} as const satisfies Record<string, Element>

export type ElementKind = keyof typeof elements

/** How the values of an array lie in its file. */
export interface Encoding {
  readonly kind: ElementKind
  readonly littleEndian: boolean
}

export function elementOf(kind: ElementKind): Element {
  return elements[kind]
}

/** Room for values of the given batch type. */
export function allocate(type: Dataset['elementType'], length: number): InputArray {
  if (type === 'uint8') return new Uint8Array(length)
  return type === 'float32' ? new Float32Array(length) : new Float64Array(length)
}

/** Decodes `count` values from the start of `bytes` into `target` from position `at`. */
export type Decoder = (bytes: Uint8Array, count: number, target: InputArray | Int32Array, at: number) => void

/**
 * A decoder into arrays of `becomes` (or wider); a plain copy where the bytes already lie as the array wants them.
 * Integers beyond ±2⁵³ become NaN, since no batch type holds them.
 */
export function decoderOf({ kind, littleEndian }: Encoding): Decoder {
  const { bytes: size, read }: Element = elements[kind]
  const convert: Decoder = (bytes, count, target, at) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, count * size)
    for (let i = 0; i < count; i++) target[at + i] = read(view, i * size, littleEndian)
  }
  return (bytes, count, target, at) => {
    if (isPlain(kind, littleEndian, target)) {
      const raw = new Uint8Array(target.buffer, target.byteOffset + at * size, count * size)
      raw.set(bytes.length === count * size ? bytes : bytes.subarray(0, count * size))
    } else convert(bytes, count, target, at)
  }
}

/** Typed arrays are little-endian on every platform that runs JavaScript. */
function isPlain(kind: ElementKind, littleEndian: boolean, target: InputArray | Int32Array): boolean {
  if (kind === 'uint8') return target instanceof Uint8Array
  if (!littleEndian) return false
  return kind === 'float32'
    ? target instanceof Float32Array
    : kind === 'float64'
      ? target instanceof Float64Array
      : kind === 'int32' && target instanceof Int32Array
}

/** Position of the first NaN or infinity in `values[start..end)`, or −1. */
export function firstNotFinite(values: InputArray, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const value = values[i]
    if (value - value !== 0) return i
  }
  return -1
}

/** A 64-bit integer as a double, or NaN where a double cannot hold it. */
function wide(view: DataView, at: number, littleEndian: boolean, signed: boolean): number {
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian)
  const highAt = littleEndian ? at + 4 : at
  const high = signed ? view.getInt32(highAt, littleEndian) : view.getUint32(highAt, littleEndian)
  const value = high * 4294967296 + low
  return Number.isSafeInteger(value) ? value : NaN
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** bfloat16: the upper half of a float32. */
function brain(view: DataView, at: number, littleEndian: boolean): number {
  scratch.setUint32(0, view.getUint16(at, littleEndian) << 16)
  return scratch.getFloat32(0)
}

const scratch = new DataView(new ArrayBuffer(4))

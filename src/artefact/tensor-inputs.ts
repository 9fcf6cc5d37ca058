import { RetortError } from '#core/errors'
import type { AnyMatrix, Matrix } from '#core/matrix'
import type { TensorInput } from '#data/formats/safetensors'
import type { FloatStorage } from '#core/storage'

/** A matrix in the storage type. @throws RetortError `check/not-finite` */
export function storedMatrix(name: string, a: Matrix, storage: FloatStorage): TensorInput {
  if (storage === 'float64') return exactMatrix(name, a)
  const data = Float32Array.from(a.data)
  requireFinite(name, data, a.data)
  return { dtype: 'F32', shape: [a.rows, a.cols], data }
}

/** @throws RetortError `check/not-finite` */
export function exactMatrix(name: string, a: Matrix): TensorInput {
  return { ...exactVector(name, a.data), shape: [a.rows, a.cols] }
}

/** @throws RetortError `check/not-finite` */
export function exactVector(name: string, data: Float64Array): TensorInput {
  requireFinite(name, data, data)
  return { dtype: 'F64', shape: [data.length], data }
}

/** A matrix in the element type that it has. @throws RetortError `check/not-finite` */
export function givenMatrix(name: string, { rows, cols, data }: AnyMatrix): TensorInput {
  requireFinite(name, data, data)
  return { dtype: data instanceof Float32Array ? 'F32' : 'F64', shape: [rows, cols], data }
}

function requireFinite(
  name: string,
  stored: Float32Array | Float64Array,
  original: Float32Array | Float64Array,
): void {
  const wrong = firstNotFinite(stored)
  if (wrong < 0) return
  const overflow = Number.isFinite(original[wrong])
  throw new RetortError({
    code: 'check/not-finite',
    message: `element ${wrong} of '${name}' is ${original[wrong]}${overflow ? ', beyond the largest float32' : ''}`,
    why: 'A set with values that are not finite trains no model.',
    hint: overflow
      ? 'Store float64: --storage float64'
      : 'Raise λ with --ridge VALUE, or look at the data with: retort inspect DATA',
    values: { tensor: name, index: wrong, value: String(original[wrong]) },
  })
}

/** Index of the first NaN or infinite value, or −1. */
export function firstNotFinite(data: Float32Array | Float64Array): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return i
  return -1
}

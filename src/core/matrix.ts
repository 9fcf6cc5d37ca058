/** Element storage of a real matrix. Certified results use `Float64Array`. */
export type FloatArray = Float32Array | Float64Array

/**
 * A dense real matrix: row-major and contiguous, `data[i * cols + j]`.
 * Rows are examples wherever a matrix holds data.
 */
export interface Matrix<A extends FloatArray = Float64Array> {
  readonly rows: number
  readonly cols: number
  readonly data: A
}

export type Matrix32 = Matrix<Float32Array>
export type AnyMatrix = Matrix<Float32Array> | Matrix<Float64Array>

/** A rows × cols float64 matrix, zero unless `data` (length rows·cols) is given; `data` is not copied. */
export function matrix(rows: number, cols: number, data?: Float64Array): Matrix {
  return wrap(rows, cols, data ?? new Float64Array(rows * cols))
}

/** A rows × cols float32 matrix, zero unless `data` (length rows·cols) is given; `data` is not copied. */
export function matrix32(rows: number, cols: number, data?: Float32Array): Matrix32 {
  return wrap(rows, cols, data ?? new Float32Array(rows * cols))
}

function wrap<A extends FloatArray>(rows: number, cols: number, data: A): Matrix<A> {
  if (data.length !== rows * cols) {
    throw new RangeError(`a ${rows} × ${cols} matrix needs ${rows * cols} elements, got ${data.length}`)
  }
  return { rows, cols, data }
}

/** A matrix from nested rows of numbers, for tests and small constants. */
export function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  const cols = rows[0]?.length ?? 0
  const result = matrix(rows.length, cols)
  rows.forEach((row, i) => {
    if (row.length !== cols) throw new RangeError(`row ${i} has ${row.length} elements, row 0 has ${cols}`)
    result.data.set(row, i * cols)
  })
  return result
}

export function identity(size: number): Matrix {
  const result = matrix(size, size)
  for (let i = 0; i < size; i++) result.data[i * size + i] = 1
  return result
}

export function copyOf<A extends FloatArray>(a: Matrix<A>): Matrix<A>
export function copyOf(a: AnyMatrix): AnyMatrix {
  return isFloat32(a) ? matrix32(a.rows, a.cols, a.data.slice()) : matrix(a.rows, a.cols, a.data.slice())
}

export function isFloat32(a: AnyMatrix): a is Matrix32 {
  return a.data instanceof Float32Array
}

/** Rows start..end (end exclusive) as a view that shares storage. */
export function rowsOf(a: Matrix, start: number, end: number): Matrix {
  return matrix(end - start, a.cols, a.data.subarray(start * a.cols, end * a.cols))
}

/** The chosen rows, copied, in the given order. */
export function takeRows(a: Matrix, indices: ArrayLike<number>): Matrix {
  const result = matrix(indices.length, a.cols)
  for (let i = 0; i < indices.length; i++) {
    const start = indices[i] * a.cols
    result.data.set(a.data.subarray(start, start + a.cols), i * a.cols)
  }
  return result
}

/** The rows of one or more matrices of as many columns, below one another, copied. */
export function stackRows(...parts: readonly [Matrix, ...Matrix[]]): Matrix {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const result = matrix(rows, parts[0].cols)
  let at = 0
  for (const { data } of parts) {
    result.data.set(data, at)
    at += data.length
  }
  return result
}

export function transpose(a: Matrix): Matrix {
  const result = matrix(a.cols, a.rows)
  const tile = 32
  for (let i0 = 0; i0 < a.rows; i0 += tile) {
    for (let j0 = 0; j0 < a.cols; j0 += tile) {
      const i1 = Math.min(i0 + tile, a.rows)
      const j1 = Math.min(j0 + tile, a.cols)
      for (let i = i0; i < i1; i++) {
        for (let j = j0; j < j1; j++) result.data[j * a.rows + i] = a.data[i * a.cols + j]
      }
    }
  }
  return result
}

export function toFloat64(a: AnyMatrix): Matrix {
  return isFloat32(a) ? matrix(a.rows, a.cols, new Float64Array(a.data)) : a
}

export function toFloat32(a: AnyMatrix): Matrix32 {
  return isFloat32(a) ? a : matrix32(a.rows, a.cols, new Float32Array(a.data))
}

/** ‖a‖_F, safe against overflow and underflow. */
export function frobeniusNorm(a: AnyMatrix): number {
  const { data } = a
  let squares = 0
  for (let i = 0; i < data.length; i++) squares += data[i] * data[i]
  // Between these bounds no square overflowed, and those that underflowed do not count.
  return squares > 1e-250 && squares < 1e300 ? Math.sqrt(squares) : scaledNorm(data)
}

function scaledNorm(data: Float64Array | Float32Array): number {
  let largest = 0
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i])
    // Written so that NaN, once met, stays.
    if (!(size <= largest)) largest = largest === largest ? size : largest
  }
  if (largest === 0 || !Number.isFinite(largest)) return largest
  let sum = 0
  for (let i = 0; i < data.length; i++) {
    const scaled = data[i] / largest
    sum += scaled * scaled
  }
  return largest * Math.sqrt(sum)
}

/** ‖a − b‖_F / ‖b‖_F; ‖a‖_F where b is zero. Shapes must agree. */
export function relativeError(a: Matrix, b: Matrix): number {
  if (a.rows !== b.rows || a.cols !== b.cols) {
    throw new RangeError(`cannot compare ${a.rows} × ${a.cols} with ${b.rows} × ${b.cols}`)
  }
  const difference = matrix(a.rows, a.cols)
  for (let i = 0; i < difference.data.length; i++) difference.data[i] = a.data[i] - b.data[i]
  const scale = frobeniusNorm(b)
  return scale === 0 ? frobeniusNorm(difference) : frobeniusNorm(difference) / scale
}

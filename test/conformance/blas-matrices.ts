import type { Random } from '#core/random'
import { randomStream } from '#core/random'
import type { FloatArray, Matrix } from '#linalg/blas'

/** One element type: its rounding unit and how to make a matrix of it. */
export interface Precision<A extends FloatArray> {
  readonly name: 'float32' | 'float64'
  /** Distance from 1 to the next number. */
  readonly epsilon: number
  /** Rounds row-major values, or makes zeros. */
  matrix(rows: number, cols: number, values?: ArrayLike<number>): Matrix<A>
}

export const float64: Precision<Float64Array> = {
  name: 'float64',
  epsilon: 2 ** -52,
  matrix: (rows, cols, values) => ({
    rows,
    cols,
    data: values ? Float64Array.from(values) : new Float64Array(rows * cols),
  }),
}

export const float32: Precision<Float32Array> = {
  name: 'float32',
  epsilon: 2 ** -23,
  matrix: (rows, cols, values) => ({
    rows,
    cols,
    data: values ? Float32Array.from(values) : new Float32Array(rows * cols),
  }),
}

/** A stream of its own for every case, so that cases can be added and run alone. */
export function randomFor(...tags: (string | number)[]): Random {
  return randomStream(20261121, 'blas-conformance', ...tags)
}

export function normal(random: Random, count: number): Float64Array {
  return random.fillNormal(new Float64Array(count))
}

export function integers(random: Random, count: number, largest: number): Float64Array {
  return Float64Array.from({ length: count }, () => random.integer(2 * largest + 1) - largest)
}

/**
 * A rows × cols matrix with the given singular values: a diagonal between random reflections, so that no
 * factorisation under test has a part in making it.
 */
export function withSingularValues(
  random: Random,
  rows: number,
  cols: number,
  values: ArrayLike<number>,
): Float64Array {
  const a = new Float64Array(rows * cols)
  for (let i = 0; i < Math.min(rows, cols); i++) a[i * cols + i] = values[i] ?? 0
  for (let pass = 0; pass < 3; pass++) {
    reflectRows(a, rows, cols, unitVector(random, rows))
    reflectColumns(a, rows, cols, unitVector(random, cols))
  }
  return a
}

/** A symmetric matrix with the given eigenvalues; symmetric to the last bit. */
export function withEigenvalues(random: Random, values: ArrayLike<number>): Float64Array {
  const size = values.length
  const a = new Float64Array(size * size)
  for (let i = 0; i < size; i++) a[i * size + i] = values[i]
  for (let pass = 0; pass < 3; pass++) {
    const v = unitVector(random, size)
    reflectRows(a, size, size, v)
    reflectColumns(a, size, size, v)
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) a[j * size + i] = a[i * size + j]
  return a
}

/** `count` values from 1 down to 1/condition, evenly spaced in the logarithm. */
export function geometric(count: number, condition: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) =>
    count === 1 ? 1 : Math.exp((-Math.log(condition) * i) / (count - 1)),
  )
}

function unitVector(random: Random, size: number): Float64Array {
  const v = normal(random, size)
  const norm = Math.hypot(...v) || 1
  return v.map((value) => value / norm)
}

/** a ← (I − 2vvᵀ)·a */
function reflectRows(a: Float64Array, rows: number, cols: number, v: Float64Array): void {
  const projection = new Float64Array(cols)
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) projection[j] += v[i] * a[i * cols + j]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) a[i * cols + j] -= 2 * v[i] * projection[j]
  }
}

/** a ← a·(I − 2vvᵀ) */
function reflectColumns(a: Float64Array, rows: number, cols: number, v: Float64Array): void {
  for (let i = 0; i < rows; i++) {
    let projection = 0
    for (let j = 0; j < cols; j++) projection += a[i * cols + j] * v[j]
    for (let j = 0; j < cols; j++) a[i * cols + j] -= 2 * projection * v[j]
  }
}

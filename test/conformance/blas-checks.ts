import { frobeniusNorm } from '#core/matrix'
import type { FloatArray, Matrix } from '#linalg/blas'
import type { Precision } from './blas-matrices.ts'

/** Reference arithmetic and assertions in plain float64 loops; nothing here calls a provider. */
export function check(holds: boolean, statement: string): void {
  if (!holds) throw new Error(statement)
}

export function checkAtMost(measured: number, bound: number, what: string): void {
  check(measured <= bound, `${what}: ${measured} exceeds ${bound}`)
}

export function checkShape(a: Matrix<FloatArray>, rows: number, cols: number, what: string): void {
  check(a.rows === rows && a.cols === cols, `${what} is ${a.rows} × ${a.cols}, not ${rows} × ${cols}`)
  check(a.data.length === rows * cols, `${what} holds ${a.data.length} elements, not ${rows * cols}`)
}

export function checkElementType(a: Matrix<FloatArray>, precision: Precision<FloatArray>): void {
  const name = a.data instanceof Float32Array ? 'float32' : 'float64'
  check(name === precision.name, `the result is ${name}, not ${precision.name}`)
}

export function checkSameBits(a: ArrayLike<number>, b: ArrayLike<number>, what: string): void {
  check(a.length === b.length, `${what}: ${a.length} elements against ${b.length}`)
  for (let i = 0; i < a.length; i++) {
    check(Object.is(a[i], b[i]), `${what}: element ${i} is ${a[i]} against ${b[i]}`)
  }
}

/** @throws Error unless the promise rejects with the given class; returns what it was rejected with */
export async function rejection<E extends Error>(
  promise: Promise<unknown>,
  type: abstract new (...args: never[]) => E,
): Promise<E> {
  const outcome = await promise.then(
    () => 'a result',
    (error: unknown) => error,
  )
  if (outcome instanceof type) return outcome
  throw new Error(`expected ${type.name}, got ${String(outcome)}`)
}

/** op(a)·op(b) in float64. */
export function product(
  a: Matrix<FloatArray>,
  b: Matrix<FloatArray>,
  { transposeA = false, transposeB = false } = {},
): Matrix {
  const { rows, cols: inner, data: left } = transposeA ? transposeOf(a) : widened(a)
  const { cols, data: right } = transposeB ? transposeOf(b) : widened(b)
  const data = new Float64Array(rows * cols)
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = left[i * inner + k]
      for (let j = 0; j < cols; j++) data[i * cols + j] += factor * right[k * cols + j]
    }
  }
  return { rows, cols, data }
}

/** One element type for the loops, which makes them ten times faster. */
function widened({ rows, cols, data }: Matrix<FloatArray>): Matrix {
  return { rows, cols, data: data instanceof Float64Array ? data : Float64Array.from(data) }
}

export function transposeOf(a: Matrix<FloatArray>): Matrix {
  const data = new Float64Array(a.rows * a.cols)
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.cols; j++) data[j * a.rows + i] = a.data[i * a.cols + j]
  }
  return { rows: a.cols, cols: a.rows, data }
}

export function mapped(
  a: Matrix<FloatArray>,
  change: (value: number, row: number, col: number) => number,
): Matrix {
  const data = new Float64Array(a.data.length)
  for (let row = 0, i = 0; row < a.rows; row++) {
    for (let col = 0; col < a.cols; col++, i++) data[i] = change(a.data[i], row, col)
  }
  return { rows: a.rows, cols: a.cols, data }
}

/** ‖a‖_F, scaled against overflow. */
export function norm(a: Matrix<FloatArray>): number {
  return frobeniusNorm(widened(a))
}

/** ‖a − b‖_F, scaled against overflow. */
export function distance(a: Matrix<FloatArray>, b: Matrix<FloatArray>): number {
  checkShape(a, b.rows, b.cols, 'the compared matrix')
  return frobeniusNorm(mapped(a, (value, row, col) => value - b.data[row * b.cols + col]))
}

/** ‖aᵀa − I‖_F, or ‖aaᵀ − I‖_F by rows. */
export function orthogonalityError(a: Matrix<FloatArray>, by: 'columns' | 'rows' = 'columns'): number {
  const gram = by === 'columns' ? product(a, a, { transposeA: true }) : product(a, a, { transposeB: true })
  return frobeniusNorm(mapped(gram, (value, row, col) => value - (row === col ? 1 : 0)))
}

/**
 * What a backward stable algorithm may leave, relative to the norm of its input. LAPACK's own tests accept 30
 * units of size·ε; the providers stay below a third of it.
 */
export function stableBound(precision: Precision<FloatArray>, rows: number, cols: number): number {
  return 10 * Math.max(rows, cols, 1) * precision.epsilon
}

import { matrix, type Matrix } from '#core/matrix'
import { turn } from '#core/turn'

/** Elements between two turns of the event loop: a few milliseconds. */
const stride = 1 << 20

/** Visits every row, letting the event loop turn between slices of rows. */
export async function eachRow(a: Matrix, visit: (row: number, start: number) => void): Promise<void> {
  const rows = Math.max(1, Math.floor(stride / Math.max(1, a.cols)))
  for (let row = 0; row < a.rows; row++) {
    if (row > 0 && row % rows === 0) await turn()
    visit(row, row * a.cols)
  }
}

/** The first columns of a, copied. */
export function firstColumns(a: Matrix, count: number): Promise<Matrix> {
  return columnsOf(a, 0, count)
}

/** Columns start..end (end exclusive), copied. */
export async function columnsOf(a: Matrix, start: number, end: number): Promise<Matrix> {
  const result = matrix(a.rows, end - start)
  await eachRow(result, (i, at) => result.data.set(a.data.subarray(i * a.cols + start, i * a.cols + end), at))
  return result
}

/** a with column j multiplied by factors[j], as a new matrix. */
export async function scaleColumns(a: Matrix, factors: ArrayLike<number>): Promise<Matrix> {
  const result = matrix(a.rows, a.cols)
  await eachRow(a, (_row, at) => {
    for (let j = 0; j < a.cols; j++) result.data[at + j] = a.data[at + j] * factors[j]
  })
  return result
}

/** a with row i multiplied by factors[i], as a new matrix. */
export async function scaleRows(a: Matrix, factors: ArrayLike<number>): Promise<Matrix> {
  const result = matrix(a.rows, a.cols)
  await eachRow(a, (i, at) => {
    for (let j = 0; j < a.cols; j++) result.data[at + j] = a.data[at + j] * factors[i]
  })
  return result
}

/** The columns of a, then those of b. */
export async function beside(a: Matrix, b: Matrix): Promise<Matrix> {
  const result = matrix(a.rows, a.cols + b.cols)
  await eachRow(result, (i, at) => {
    result.data.set(a.data.subarray(i * a.cols, (i + 1) * a.cols), at)
    result.data.set(b.data.subarray(i * b.cols, (i + 1) * b.cols), at + a.cols)
  })
  return result
}

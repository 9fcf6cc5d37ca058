import type { Matrix } from '#core/matrix'
import { matrix, rowsOf } from '#core/matrix'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'

/** Values of one block: a millisecond of element-wise work, and of wide blocks at most two. */
const blockValues = 2 ** 17

/** Rows that a block of many columns has where it may: the columns' points are packed anew for each product. */
const fairRows = 2 ** 9

/** Rows of a block of n × m values. */
export function blockRowsFor(m: number): number {
  return Math.max(rowsFor(m, blockValues), Math.min(fairRows, rowsFor(m, 2 * blockValues)))
}

/** Values of one tile: what element-wise work of several passes keeps in the cache. */
const tileValues = 2 ** 12

/** Rows of a tile of n × m values. */
export function tileRowsFor(m: number): number {
  return rowsFor(m, tileValues)
}

function rowsFor(m: number, values: number): number {
  return Math.max(1, Math.floor(values / Math.max(1, m)))
}

/** Blocks that are multiplied while one is changed: more than one thread is kept busy. */
export const ahead = 2

/**
 * x zᵀ, n × m, changed in place block by block; while one block is being changed, the next are being multiplied.
 * @param begin called while the first are being multiplied; what it gives turns rows from..to of the products into what
 * is wanted
 */
export async function changedProducts(
  x: Matrix,
  z: Matrix,
  blas: Blas,
  begin: () => (products: Matrix, from: number, to: number) => void,
): Promise<Matrix> {
  const result = matrix(x.rows, z.rows)
  const rows = blockRowsFor(z.rows)
  const lanes = blas.apart ?? blas
  const multiplied: Promise<unknown>[] = []
  const multiply = (from: number) => {
    if (from >= x.rows) return
    const to = Math.min(from + rows, x.rows)
    const product = lanes.gemm(rowsOf(x, from, to), z, { transposeB: true, c: rowsOf(result, from, to) })
    // A failure is thrown where the block is awaited; until then it must not count as unhandled.
    product.catch(() => undefined)
    multiplied.push(product)
  }
  for (let block = 0; block < ahead; block++) multiply(block * rows)
  const change = begin()
  for (let from = 0; from < x.rows; from += rows) {
    await multiplied.shift()
    multiply(from + ahead * rows)
    change(result, from, Math.min(from + rows, x.rows))
    await turn()
  }
  return result
}

/** Σ x_ij² of every row, in four sums at a time: one would wait for each addition. */
export function squaredNorms({ rows, cols, data }: Matrix): Float64Array {
  const result = new Float64Array(rows)
  const fours = cols - (cols % 4)
  for (let i = 0; i < rows; i++) {
    const start = i * cols
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let at = start; at < start + fours; at += 4) {
      a += data[at] * data[at]
      b += data[at + 1] * data[at + 1]
      c += data[at + 2] * data[at + 2]
      d += data[at + 3] * data[at + 3]
    }
    for (let at = start + fours; at < start + cols; at++) a += data[at] * data[at]
    result[i] = a + b + (c + d)
  }
  return result
}

/** a + aᵀ for square a. */
export function plusTransposed({ rows, data }: Matrix): Matrix {
  const result = matrix(rows, rows)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) result.data[i * rows + j] = data[i * rows + j] + data[j * rows + i]
  }
  return result
}

/** Copies the lower triangle of a square matrix to its upper one. */
export function mirror({ rows, data }: Matrix): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < i; j++) data[j * rows + i] = data[i * rows + j]
}

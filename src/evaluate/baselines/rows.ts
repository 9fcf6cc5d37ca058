import type { Matrix32 } from '#core/matrix'
import { matrix32 } from '#core/matrix'
import { turn } from '#core/turn'
import type { BaselineContext, Candidates } from './baseline.ts'
import { blockRows } from '../examples.ts'

/** Rows start..end as a view that shares storage. */
function slice(rows: Matrix32, start: number, end: number): Matrix32 {
  return matrix32(end - start, rows.cols, rows.data.subarray(start * rows.cols, end * rows.cols))
}

/** Blocks of rows with their first index, giving way to the event loop and to an abort between two. */
export async function* rowBlocks(
  rows: Matrix32,
  context: Pick<BaselineContext, 'signal'>,
): AsyncGenerator<{ start: number; block: Matrix32 }> {
  const size = blockRows(rows.cols)
  for (let start = 0; start < rows.rows; start += size) {
    context.signal?.throwIfAborted()
    if (start > 0) await turn()
    yield { start, block: slice(rows, start, Math.min(start + size, rows.rows)) }
  }
}

/** rows · pointsᵀ, n × c: the inner product of every row with every point. */
export async function innerProducts(
  rows: Matrix32,
  points: Matrix32,
  context: BaselineContext,
): Promise<Matrix32> {
  const products = matrix32(rows.rows, points.rows)
  for await (const { start, block } of rowBlocks(rows, context)) {
    await context.blas.gemm(block, points, {
      transposeB: true,
      c: slice(products, start, start + block.rows),
    })
  }
  return products
}

/** Norms and mean of the rows, summed in float64, in one pass. */
export async function describeRows(
  rows: Matrix32,
  context: Pick<BaselineContext, 'signal'>,
): Promise<Candidates> {
  const squaredNorms = new Float64Array(rows.rows)
  const sum = new Float64Array(rows.cols)
  for await (const { start, block } of rowBlocks(rows, context)) {
    for (let i = 0, at = 0; i < block.rows; i++) {
      let square = 0
      for (let j = 0; j < block.cols; j++, at++) {
        const value = block.data[at]
        square += value * value
        sum[j] += value
      }
      squaredNorms[start + i] = square
    }
  }
  return { rows, squaredNorms, mean: sum.map((value) => value / rows.rows) }
}

/** One vector as a 1 × p float32 matrix. */
export function asRow(vector: ArrayLike<number>): Matrix32 {
  return matrix32(1, vector.length, Float32Array.from(vector))
}

/** Index of the smallest value among rows not yet taken: the first of equals, −1 where all are taken. */
export function smallestFree(values: ArrayLike<number>, taken: Uint8Array): number {
  let best = -1
  for (let i = 0; i < values.length; i++) {
    if (taken[i] === 0 && (best < 0 || values[i] < values[best])) best = i
  }
  return best
}

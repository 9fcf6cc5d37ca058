import type { Dataset, Split } from '#core/dataset'
import { inputSize } from '#core/dataset'
import { byteOrigins } from './block-rows.ts'
import { byRows } from './by-rows.ts'
import { blockRowsOf } from './canonical-blocks.ts'
import { isExactShape } from './record.ts'

/** A column is shifted when its mean is more than this many times its spread: its digits would be idle. */
const farOff = 8

/**
 * The origin that sums are taken about. 8-bit inputs with class targets: 128. Others are measured on the first block,
 * so that every shard finds the same: the value of a constant column, the mean (rounded to float32) of a column that
 * lies far from zero, and 0 for the rest, whose sums of integers then stay integers.
 */
export async function originOf(split: Split, dataset: Dataset, signal?: AbortSignal): Promise<Float64Array> {
  const width = inputSize(dataset)
  if (isExactShape(dataset)) return byteOrigins(width)
  const origin = new Float64Array(width)
  const rows = Math.min(blockRowsOf(dataset.elementType), split.count)
  for await (const { inputs, count } of split.batches({ size: rows, start: 0, end: rows, signal })) {
    const column = new Float64Array(count)
    await byRows(width, 2 * count, (j) => {
      for (let i = 0; i < count; i++) column[i] = inputs[i * width + j]
      const found = originOfColumn(column)
      // What is not finite is refused, by name, where it is added.
      if (Number.isFinite(found)) origin[j] = found
    })
    break
  }
  return origin
}

function originOfColumn(column: Float64Array): number {
  if (column.every((value) => value === column[0])) return column[0]
  let sum = 0
  for (const value of column) sum += value
  const mean = sum / column.length
  let squares = 0
  for (const value of column) squares += (value - mean) ** 2
  const isFar = Math.abs(mean) > farOff * Math.sqrt(squares / column.length)
  return isFar ? Math.fround(mean) : 0
}

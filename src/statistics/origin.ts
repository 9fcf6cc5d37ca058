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
    await byRows(width, 2 * count, (j) => {
      const column = Float64Array.from({ length: count }, (_, i) => inputs[i * width + j])
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
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length
  const squares = column.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const isFar = Math.abs(mean) > farOff * Math.sqrt(squares / column.length)
  return isFar ? Math.fround(mean) : 0
}

import type { Dataset, Split } from '#core/dataset'
import { inputSize } from '#core/dataset'
import { byteOrigins } from './block-rows.ts'
import { blockRowsOf } from './canonical-blocks.ts'
import { isExactShape } from './record.ts'

/** A column is shifted when its mean is more than this many times its spread: a quarter of its digits or more are idle. */
const farOff = 8

/**
 * The origin that sums are taken about. 8-bit inputs with class targets: 128. Others: the mean of those columns of the
 * first block that lie far from zero, rounded to float32, and 0 for the rest; so every shard finds the same.
 */
export async function originOf(split: Split, dataset: Dataset, signal?: AbortSignal): Promise<Float64Array> {
  const width = inputSize(dataset)
  if (isExactShape(dataset)) return byteOrigins(width)
  const origin = new Float64Array(width)
  const rows = Math.min(blockRowsOf(dataset.elementType), split.count)
  for await (const { inputs, count } of split.batches({ size: rows, start: 0, end: rows, signal })) {
    for (let j = 0; j < width; j++) {
      let sum = 0
      for (let i = 0; i < count; i++) sum += inputs[i * width + j]
      const mean = sum / count
      let squares = 0
      for (let i = 0; i < count; i++) squares += (inputs[i * width + j] - mean) ** 2
      const isFar = Number.isFinite(squares) && Math.abs(mean) > farOff * Math.sqrt(squares / count)
      const rounded = Math.fround(mean)
      if (isFar) origin[j] = Number.isFinite(rounded) ? rounded : mean
    }
    break
  }
  return origin
}

import type { Batch } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'

/**
 * Values of one block: 16 MB in float64, a few milliseconds of work, and enough for the matrix product to run at
 * speed.
 */
const blockValues = 2 ** 21

/** Rows of a block of rows of the given length, at least 1. */
export function blockRows(rowLength: number): number {
  return Math.max(1, Math.min(4096, Math.floor(blockValues / Math.max(1, rowLength))))
}

/**
 * A batch cut into blocks of bounded size that share its storage.
 * @param columns target columns, for real targets; class targets have one index per example
 */
export function* blocksOf(batch: Batch, inputSize: number, columns: number): Generator<Batch> {
  const width = batch.targets instanceof Int32Array ? 1 : columns
  const rows = blockRows(inputSize)
  for (let from = 0; from < batch.count; from += rows) {
    const to = Math.min(from + rows, batch.count)
    yield {
      start: batch.start + from,
      count: to - from,
      inputs: batch.inputs.subarray(from * inputSize, to * inputSize),
      targets: batch.targets.subarray(from * width, to * width),
    }
  }
}

/** The examples at the given indices, copied, in that order. */
export function takeExamples(
  batch: Batch,
  indices: ArrayLike<number>,
  inputSize: number,
  columns: number,
): Batch {
  const width = batch.targets instanceof Int32Array ? 1 : columns
  const inputs = batch.inputs.slice(0, indices.length * inputSize)
  const targets = batch.targets.slice(0, indices.length * width)
  for (let i = 0; i < indices.length; i++) {
    const at = indices[i]
    inputs.set(batch.inputs.subarray(at * inputSize, (at + 1) * inputSize), i * inputSize)
    targets.set(batch.targets.subarray(at * width, (at + 1) * width), i * width)
  }
  return { start: 0, count: indices.length, inputs, targets }
}

/** Targets as the label matrix Y, count × k: one-hot for classes. */
export function labelMatrix(batch: Batch, columns: number): Matrix {
  if (!(batch.targets instanceof Int32Array)) {
    return matrix(batch.count, columns, Float64Array.from(batch.targets))
  }
  const labels = matrix(batch.count, columns)
  for (let i = 0; i < batch.count; i++) labels.data[i * columns + batch.targets[i]] = 1
  return labels
}

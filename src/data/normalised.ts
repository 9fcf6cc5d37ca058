import type { Batch, Dataset, Split } from '#core/dataset'
import { inputSize } from '#core/dataset'

/**
 * Takes from `size` values their own mean and divides them by their own length ‖x‖, in place. Equal values become 0.
 * An example that is normalised already stays as it is, up to rounding.
 */
export function normaliseExample(values: Float64Array, start: number, size: number): void {
  const end = start + size
  let sum = 0
  let constant = true
  for (let t = start; t < end; t++) {
    sum += values[t]
    constant &&= values[t] === values[start]
  }
  if (constant) {
    values.fill(0, start, end)
    return
  }
  const mean = sum / size
  let squares = 0
  for (let t = start; t < end; t++) {
    const value = values[t] - mean
    values[t] = value
    squares += value * value
  }
  const length = Math.sqrt(squares)
  if (length === 0) return
  for (let t = start; t < end; t++) values[t] /= length
}

/** The dataset with every example normalised, as float64. */
export function normalisedDataset(dataset: Dataset): Dataset {
  const { train, test } = dataset.splits
  const size = inputSize(dataset)
  return {
    ...dataset,
    elementType: 'float64',
    splits: { train: normalisedSplit(train, size), ...(test && { test: normalisedSplit(test, size) }) },
  }
}

function normalisedSplit(split: Split, size: number): Split {
  return {
    name: split.name,
    count: split.count,
    async *batches(options) {
      for await (const batch of split.batches(options)) yield normalisedBatch(batch, size)
    },
    at: async (indices) => normalisedBatch(await split.at(indices), size),
  }
}

function normalisedBatch(batch: Batch, size: number): Batch {
  const inputs = Float64Array.from(batch.inputs.subarray(0, batch.count * size))
  for (let i = 0; i < batch.count; i++) normaliseExample(inputs, i * size, size)
  return { ...batch, inputs }
}

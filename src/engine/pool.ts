import type { Batch, Dataset, InputArray } from '#core/dataset'
import { inputSize, targetSize } from '#core/dataset'
import { indexedUniform, randomStream } from '#core/random'

/** Bytes that the pool may take once converted to float32. */
const poolBytes = 192 * 2 ** 20

/** Raw training examples kept while the statistics stream by: for references and for the coreset baselines. */
export interface Pool {
  readonly count: number
  /** Examples of the whole split; more than `count` where the pool is a uniform sample. */
  readonly total: number
  /** count × inputSize, raw. */
  readonly inputs: InputArray
  /** Class of each example, or count × k real targets. */
  readonly targets: Int32Array | Float64Array
}

export interface PoolCollector {
  visit(batch: Batch): void
  finish(): Pool
}

/** Keeps everything where it fits, else a seeded uniform sample that does not depend on batch size or order. */
export function collectPool(dataset: Dataset, seed: number, limit: number = poolBytes): PoolCollector {
  const width = inputSize(dataset)
  const total = dataset.splits.train.count
  const capacity = Math.min(total, Math.max(1, Math.floor(limit / (4 * width))))
  const share = capacity < total ? (0.97 * capacity) / total : 1
  const draw = indexedUniform(seed, 'pool')
  const targetWidth = dataset.target.kind === 'class' ? 1 : targetSize(dataset.target)
  const inputs = allocate(dataset.elementType, capacity * width)
  const targets =
    dataset.target.kind === 'class' ? new Int32Array(capacity) : new Float64Array(capacity * targetWidth)
  let count = 0

  return {
    visit(batch) {
      if (share === 1) {
        const rows = Math.min(batch.count, capacity - count)
        inputs.set(batch.inputs.subarray(0, rows * width), count * width)
        targets.set(batch.targets.subarray(0, rows * targetWidth), count * targetWidth)
        count += rows
        return
      }
      for (let i = 0; i < batch.count && count < capacity; i++) {
        if (draw(batch.start + i) >= share) continue
        inputs.set(batch.inputs.subarray(i * width, (i + 1) * width), count * width)
        targets.set(batch.targets.subarray(i * targetWidth, (i + 1) * targetWidth), count * targetWidth)
        count++
      }
    },
    finish: () => ({
      count,
      total,
      inputs: inputs.subarray(0, count * width),
      targets: targets.subarray(0, count * targetWidth),
    }),
  }
}

/**
 * Pool indices of `count` examples drawn without replacement, balanced in the order 0..k−1, 0..k−1, … for classes.
 * A class with too few examples is drawn from again from its start.
 */
export function drawReferences(
  pool: Pool,
  classes: number | undefined,
  count: number,
  seed: number,
): Uint32Array {
  const order = randomStream(seed, 'references').permutation(pool.count)
  if (classes === undefined) return Uint32Array.from({ length: count }, (_, i) => order[i % order.length])
  const byClass = Array.from({ length: classes }, (): number[] => [])
  for (const index of order) byClass[pool.targets[index]].push(index)
  return Uint32Array.from({ length: count }, (_, i) => {
    const members = byClass[i % classes]
    return members.length > 0 ? members[Math.floor(i / classes) % members.length] : order[i % order.length]
  })
}

function allocate(elementType: Dataset['elementType'], length: number): InputArray {
  if (elementType === 'uint8') return new Uint8Array(length)
  return elementType === 'float32' ? new Float32Array(length) : new Float64Array(length)
}

import type { Batch, Dataset, InputArray } from '#core/dataset'
import { inputSize, targetSize } from '#core/dataset'
import { indexedUniform, randomStream } from '#core/random'

/** Bytes that the pool may take once converted to float32. */
const mostBytes = 192 * 2 ** 20

/** Limit of a pool; nothing is kept where nobody will ask for it. */
export function poolBytes(usesExamples = true): number {
  return usesExamples ? mostBytes : 0
}

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
  /** Whether the example at this index of the split is kept. */
  wants(index: number): boolean
  finish(): Pool
}

/** Most examples that a pool of a dataset holds. */
export function poolCapacity(dataset: Dataset, limit: number = mostBytes): number {
  return Math.min(dataset.splits.train.count, Math.max(1, Math.floor(limit / (4 * inputSize(dataset)))))
}

/**
 * Keeps everything that is not held out where it fits, else a seeded uniform sample of it, whatever the batch size.
 * @param limit bytes as float32
 */
export function collectPool(
  dataset: Dataset,
  seed: number,
  isHeldOut: (index: number) => boolean,
  limit: number = mostBytes,
): PoolCollector {
  const width = inputSize(dataset)
  const total = dataset.splits.train.count
  const capacity = poolCapacity(dataset, limit)
  const share = capacity < total ? (0.97 * capacity) / total : 1
  const draw = indexedUniform(seed, 'pool')
  const targetWidth = dataset.target.kind === 'class' ? 1 : targetSize(dataset.target)
  const inputs = allocateInputs(dataset.elementType, capacity * width)
  const targets =
    dataset.target.kind === 'class' ? new Int32Array(capacity) : new Float64Array(capacity * targetWidth)
  let count = 0

  const keep = (batch: Batch, from: number, to: number) => {
    inputs.set(batch.inputs.subarray(from * width, to * width), count * width)
    targets.set(batch.targets.subarray(from * targetWidth, to * targetWidth), count * targetWidth)
    count += to - from
  }
  const wants = (index: number) => !isHeldOut(index) && (share === 1 || draw(index) < share)
  return {
    wants,
    visit(batch) {
      let from = -1
      for (let i = 0; i <= batch.count; i++) {
        const room = capacity - count - (from < 0 ? 0 : i - from)
        const kept = i < batch.count && room > 0 && wants(batch.start + i)
        if (kept && from < 0) from = i
        if (kept || from < 0) continue
        keep(batch, from, i)
        from = -1
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

/** The examples at the given indices of a pool, which may repeat, one after the other. */
export function examplesAt(
  { inputs }: Pick<Pool, 'inputs'>,
  chosen: ArrayLike<number>,
  width: number,
): InputArray {
  const elementType =
    inputs instanceof Uint8Array ? 'uint8' : inputs instanceof Float32Array ? 'float32' : 'float64'
  const result = allocateInputs(elementType, chosen.length * width)
  for (let i = 0; i < chosen.length; i++) {
    result.set(inputs.subarray(chosen[i] * width, (chosen[i] + 1) * width), i * width)
  }
  return result
}

/** Zero inputs of a dataset's element type. */
export function allocateInputs(elementType: Dataset['elementType'], length: number): InputArray {
  if (elementType === 'uint8') return new Uint8Array(length)
  return elementType === 'float32' ? new Float32Array(length) : new Float64Array(length)
}

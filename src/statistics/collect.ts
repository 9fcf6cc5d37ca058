import type { Batch, Dataset, Split } from '#core/dataset'
import { inputSize } from '#core/dataset'
import type { Watch } from '#core/progress'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'
import { createAccumulator } from './accumulator.ts'
import { blockRowsOf } from './canonical-blocks.ts'
import type { HoldOut, HoldOutExamples } from './hold-out.ts'
import { collectHoldOut, holdOutMembership, holdOutShare } from './hold-out.ts'
import { originOf } from './origin.ts'
import type { StatisticsRecord } from './record.ts'

export interface CollectOptions {
  readonly blas: Blas
  /** Default: nothing is held out. */
  readonly holdOut?: HoldOut
  /** `index` from 1 to `count`: the part of the split to read. Shards are cut at block boundaries and may be empty. */
  readonly shard?: Shard
  /** Sees every batch before it is added, and may copy from it. */
  visit?(batch: Batch): void
  readonly watch?: Watch
}

export interface Shard {
  readonly index: number
  readonly count: number
}

/** The outcome of one pass, or of one shard of it: what a statistics file holds. */
export interface StatisticsPass {
  /** Name of the dataset. */
  readonly name: string
  /** Examples of the whole split. */
  readonly examples: number
  readonly shard: Shard
  /** Seed and share of the hold-out; absent where nothing is held out. */
  readonly membership?: { readonly seed: number; readonly share: number }
  /** Of the examples that are not held out. Merge with `holdOut` for all. */
  readonly fit: StatisticsRecord
  readonly holdOut: StatisticsRecord
}

export interface CollectedStatistics extends StatisticsPass {
  readonly holdOutExamples: HoldOutExamples
}

/** Bytes of one batch, about. */
const batchBytes = 2 ** 22

/**
 * One pass over a split. The records are the same, bit for bit, whatever the sharding once merged; for 8-bit inputs
 * with class targets also whatever the provider.
 * @throws RetortError `data/not-finite`, `data/label-range`, `data/overflow`, `data/too-many-examples`, and what the reader throws
 */
export async function collectStatistics(
  split: Split,
  dataset: Dataset,
  options: CollectOptions,
): Promise<CollectedStatistics> {
  const { blas, visit, watch = {} } = options
  const { inputShape, elementType, target } = dataset
  const width = inputSize(dataset)
  const blockRows = blockRowsOf(elementType)
  const shard = options.shard ?? { index: 1, count: 1 }
  const { start, end } = shardRange(shard, split.count, blockRows)
  const membership = options.holdOut && {
    seed: options.holdOut.seed,
    share: holdOutShare(options.holdOut, split.count),
  }
  const isHeldOut = options.holdOut && holdOutMembership(options.holdOut, split.count)
  const origin = await originOf(split, dataset, watch.signal)
  const accumulator = createAccumulator({ inputShape, elementType, target, origin }, blas, isHeldOut)
  const examples = collectHoldOut({ inputSize: width, elementType, target }, isHeldOut ?? (() => false))
  const bytesPerRow = width * { uint8: 1, float32: 4, float64: 8 }[elementType]
  const size = blockRows * Math.max(1, Math.floor(batchBytes / (bytesPerRow * blockRows)))
  const report = (done: number) =>
    watch.report?.({ stage: 'statistics', done, total: end - start, unit: 'examples' })
  report(0)
  if (end > start) {
    for await (const batch of split.batches({ size, start, end, signal: watch.signal })) {
      watch.signal?.throwIfAborted()
      visit?.(batch)
      if (isHeldOut) examples.visit(batch)
      await accumulator.add(batch)
      report(batch.start + batch.count - start)
      await turn()
    }
  }
  const records = await accumulator.finish()
  const pass = { name: dataset.name, examples: split.count, shard, membership }
  return { ...pass, ...records, holdOutExamples: examples.finish() }
}

/** Examples start..end of one shard: whole blocks, as equal as these allow. */
export function shardRange(shard: Shard, count: number, blockRows: number): { start: number; end: number } {
  const { index, count: shards } = shard
  if (!(Number.isInteger(index) && Number.isInteger(shards) && index >= 1 && index <= shards)) {
    throw new RangeError(`there is no shard ${index} of ${shards}`)
  }
  const blocks = Math.ceil(count / blockRows)
  const boundary = (i: number) => Math.min(count, Math.floor((blocks * i) / shards) * blockRows)
  return { start: boundary(index - 1), end: boundary(index) }
}

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Batch, BatchOptions, Dataset, Split } from '#core/dataset'
import { inputSize } from '#core/dataset'
import { sha256Hex } from '#core/hash'
import type { Watch } from '#core/progress'
import type { Blas } from '#linalg/blas'
import { blockRowsOf } from '#statistics/canonical-blocks'
import type { CollectedStatistics, Shard, StatisticsPass } from '#statistics/collect'
import { collectStatistics, shardRange } from '#statistics/collect'
import type { HoldOut } from '#statistics/hold-out'
import { collectHoldOut, holdOutMembership, holdOutShare } from '#statistics/hold-out'
import { addRecord, createRecord } from '#statistics/record'
import { checkpointBeside } from './checkpoint.ts'

/** Input values of one piece; some ten seconds of work. A pass of fewer than two pieces keeps no checkpoint. */
const pieceValues = 2e8
const mostPieces = 64

export interface GatherOptions {
  readonly blas: Blas
  readonly holdOut: HoldOut
  readonly shard?: Shard
  /** What the pass is for; a stopped pass leaves its finished pieces beside it and continues there. */
  readonly output?: string
  /** Sees every example of the pass in order, and may copy from it. */
  visit?(batch: Batch): void
  /** Whether `visit` wants an example; those of pieces that are not read again are fetched one by one. */
  wants?(index: number): boolean
  readonly watch: Watch
  /** Values per piece, for tests. */
  readonly pieceValues?: number
}

/** One pass, or one shard of it, in pieces that survive an interruption. The outcome does not depend on the pieces. */
export async function gatherStatistics(
  dataset: Dataset,
  options: GatherOptions,
): Promise<CollectedStatistics> {
  const { train } = dataset.splits
  const { blas, holdOut, watch, visit = () => {}, wants = () => false } = options
  const shard = options.shard ?? { index: 1, count: 1 }
  const pieces = pieceCount(dataset, shard, options.pieceValues ?? pieceValues)
  if (pieces === 1 || options.output === undefined) {
    return collectStatistics(train, dataset, { blas, holdOut, shard, visit, watch })
  }
  const checkpoint = checkpointBeside(options.output, await identityOf(dataset, shard, holdOut))
  const isHeldOut = holdOutMembership(holdOut, train.count)
  const examples = collectHoldOut(
    { inputSize: inputSize(dataset), elementType: dataset.elementType, target: dataset.target },
    isHeldOut,
  )
  const whole = shardRange(shard, train.count, blockRowsOf(dataset.elementType))
  const about = {
    name: dataset.name,
    examples: train.count,
    membership: { seed: holdOut.seed, share: holdOutShare(holdOut, train.count) },
  }
  const reader = sequentialSplit(train, whole.end)
  let sums: Pick<StatisticsPass, 'fit' | 'holdOut'> | undefined
  // Each piece is added at once: kept, the records of a long pass would outgrow everything else.
  const add = async (pass: StatisticsPass) => {
    sums ??= { fit: createRecord(pass.fit.shape), holdOut: createRecord(pass.holdOut.shape) }
    await addRecord(sums.fit, pass.fit)
    await addRecord(sums.holdOut, pass.holdOut)
  }
  for (let i = 0; i < pieces; i++) {
    const piece = { index: (shard.index - 1) * pieces + i + 1, count: shard.count * pieces }
    const range = shardRange(piece, train.count, blockRowsOf(dataset.elementType))
    const saved = await checkpoint.load(piece, about)
    if (saved) {
      for await (const batch of chosen(train, range, (index) => isHeldOut(index) || wants(index))) {
        examples.visit(batch)
        visit(batch)
      }
      await add(saved)
    } else {
      const report = watch.report
      const pass = await collectStatistics(reader, dataset, {
        blas,
        holdOut,
        shard: piece,
        visit(batch) {
          examples.visit(batch)
          visit(batch)
        },
        watch: {
          signal: watch.signal,
          report:
            report &&
            ((p) =>
              report({ ...p, done: range.start - whole.start + p.done, total: whole.end - whole.start })),
        },
      })
      await checkpoint.save(pass)
      await add(pass)
    }
  }
  await checkpoint.remove()
  if (sums === undefined) throw new RangeError('a pass has at least one piece')
  return { ...about, shard, ...sums, holdOutExamples: examples.finish() }
}

function pieceCount(dataset: Dataset, shard: Shard, values: number): number {
  const blockRows = blockRowsOf(dataset.elementType)
  const { start, end } = shardRange(shard, dataset.splits.train.count, blockRows)
  const blocks = Math.ceil((end - start) / blockRows)
  const wanted = Math.floor(((end - start) * inputSize(dataset)) / values)
  return Math.max(1, Math.min(mostPieces, blocks, wanted))
}

/** A short name of the very data: files that grew or changed give another. */
async function identityOf(dataset: Dataset, shard: Shard, holdOut: HoldOut): Promise<string> {
  const files = await Promise.all(
    dataset.source.files.map(async (file) => {
      const found = await stat(join(dataset.source.path, file)).catch(() =>
        stat(dataset.source.path).catch(() => undefined),
      )
      return [file, found?.size ?? 0, found?.mtimeMs ?? 0]
    }),
  )
  const { source, splits, inputShape, elementType, target } = dataset
  const about = [source.path, files, splits.train.count, inputShape, elementType, target, shard, holdOut]
  return sha256Hex(JSON.stringify(about)).slice(0, 16)
}

/** The examples of a range that are wanted, fetched by index, in batches of consecutive runs. */
async function* chosen(
  split: Split,
  { start, end }: { start: number; end: number },
  wanted: (index: number) => boolean,
): AsyncGenerator<Batch> {
  const indices: number[] = []
  for (let index = start; index < end; index++) if (wanted(index)) indices.push(index)
  for (let from = 0; from < indices.length; from += 1024) {
    const some = indices.slice(from, from + 1024)
    const { inputs, targets } = await split.at(some)
    const width = inputs.length / some.length
    const targetWidth = targets.length / some.length
    for (let i = 0; i < some.length; i++) {
      yield {
        start: some[i],
        count: 1,
        inputs: inputs.subarray(i * width, (i + 1) * width),
        targets: targets.subarray(i * targetWidth, (i + 1) * targetWidth),
      }
    }
  }
}

/** The split read by one iterator over consecutive ranges, so that a compressed file is not begun anew for each piece. */
function sequentialSplit(split: Split, end: number): Split {
  let iterator: AsyncIterator<Batch> | undefined
  let position = -1
  let rest: Batch | undefined

  async function* batches(options: BatchOptions): AsyncGenerator<Batch> {
    const { start = 0, end: stop = end, size, signal } = options
    if (position !== start) {
      await iterator?.return?.()
      iterator = split.batches({ size, start, end, signal })[Symbol.asyncIterator]()
      position = start
      rest = undefined
    }
    while (position < stop) {
      const batch: Batch | undefined = rest ?? (await iterator?.next())?.value
      if (batch === undefined) return
      const here = Math.min(batch.count, stop - position)
      rest = here < batch.count ? partOf(batch, here, batch.count) : undefined
      position += here
      yield here < batch.count ? partOf(batch, 0, here) : batch
    }
  }
  return { name: split.name, count: split.count, batches, at: (indices) => split.at(indices) }
}

function partOf({ start, count, inputs, targets }: Batch, from: number, to: number): Batch {
  const width = inputs.length / count
  const targetWidth = targets.length / count
  return {
    start: start + from,
    count: to - from,
    inputs: inputs.subarray(from * width, to * width),
    targets: targets.subarray(from * targetWidth, to * targetWidth),
  }
}

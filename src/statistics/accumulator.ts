import type { Batch } from '#core/dataset'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'
import type { RowBuffer } from './block-rows.ts'
import { createRowWriter } from './block-rows.ts'
import type { CanonicalBlock } from './canonical-blocks.ts'
import { blockRowsOf, createBlockCutter } from './canonical-blocks.ts'
import { createProductQueue } from './product-queue.ts'
import { hashBlock, splitHash } from './provenance.ts'
import type { RecordShape, StatisticsRecord } from './record.ts'
import { createRecord, requireRoom } from './record.ts'

/** Adds examples to records as they stream by. */
export interface Accumulator {
  /**
   * Adds consecutive examples; the batch may be reused once the promise settles. Batches may come in any order and
   * size, and give the same record.
   * @throws RetortError `data/not-finite`, `data/overflow`, `data/label-range`, `data/too-many-examples`
   * @throws RangeError when an example is added twice within its block
   */
  add(batch: Batch): Promise<void>
  /** All that was added; the accumulator must not be used afterwards. @throws RetortError as `add` does */
  finish(): Promise<{ fit: StatisticsRecord; holdOut: StatisticsRecord }>
}

/**
 * @param isHeldOut by index within the split: whether an example goes to the second record; default: none does
 */
export function createAccumulator(
  shape: RecordShape,
  blas: Blas,
  isHeldOut?: (index: number) => boolean,
): Accumulator {
  const blockRows = blockRowsOf(shape.elementType)
  const cutter = createBlockCutter(blockRows)
  const writer = createRowWriter(shape)
  const queue = createProductQueue(blas, writer, blockRows)
  const fit = createPart(createRecord(shape))
  const holdOut = createPart(createRecord(shape))
  const rowsPerTurn = Math.ceil(elementsPerTurn / writer.size)
  let sinceTurn = 0
  const exact = fit.record.sums.kind === 'exact'

  const flush = (part: Part): void => {
    if (part.buffer === undefined || part.buffer.count === 0) return
    queue.submit(part.buffer, part.record)
    part.buffer = undefined
  }

  const append = async (part: Part, from: number, to: number): Promise<void> => {
    requireRoom(part.record, to - from)
    part.record.count += to - from
    for (let row = from; row < to;) {
      part.buffer ??= await queue.take()
      const end = Math.min(to, row + rowsPerTurn - sinceTurn, row + blockRows - part.buffer.count)
      writer.append(part.buffer, row, end)
      sinceTurn += end - row
      row = end
      if (part.buffer.count === blockRows) flush(part)
      if (sinceTurn < rowsPerTurn) continue
      sinceTurn = 0
      await turn()
    }
  }

  const consume = async (block: CanonicalBlock): Promise<void> => {
    const { inputs, targets, count } = block
    const indexOf = (row: number) => block.index * blockRows + (block.rows ? block.rows[row] : row)
    const held: number[] = []
    if (isHeldOut) for (let i = 0; i < count; i++) if (isHeldOut(indexOf(i))) held.push(i)
    writer.open({ inputs, targets, name: (row) => `Example ${indexOf(row)}` })
    let row = 0
    for (const i of held) {
      await append(fit, row, i)
      await append(holdOut, i, i + 1)
      row = i + 1
    }
    await append(fit, row, count)
    // Integer sums may be grouped in any way; sums of floats are defined by their blocks.
    if (!exact) {
      flush(fit)
      flush(holdOut)
    }
    const hash = hashBlock(block, blockRows)
    const rest = held.length === count ? 0n : hash
    const [kept, taken] = held.length === 0 ? [rest, 0n] : rest === 0n ? [0n, hash] : splitHash(hash, held)
    fit.record.added = BigInt.asUintN(256, fit.record.added + kept)
    holdOut.record.added = BigInt.asUintN(256, holdOut.record.added + taken)
  }

  return {
    async add(batch) {
      for (const block of cutter.add(batch)) await consume(block)
    },
    async finish() {
      for (const block of cutter.finish()) await consume(block)
      flush(fit)
      flush(holdOut)
      await queue.drain()
      return { fit: fit.record, holdOut: holdOut.record }
    },
  }
}

/** Elements converted between two turns of the event loop: a few milliseconds. */
const elementsPerTurn = 1 << 21

interface Part {
  readonly record: StatisticsRecord
  buffer: RowBuffer | undefined
}

function createPart(record: StatisticsRecord): Part {
  return { record, buffer: undefined }
}

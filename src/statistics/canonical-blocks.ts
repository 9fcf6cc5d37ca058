import type { Batch, Dataset, InputArray } from '#core/dataset'

/** Examples of a split between two multiples of the block size: the unit of hashing, of sharding and of float sums. */
export interface CanonicalBlock {
  /** Examples index·blockRows … (index + 1)·blockRows − 1 of the split. */
  readonly index: number
  readonly count: number
  /** Which rows of the block are there, ascending; absent when they are 0 … count − 1. */
  readonly rows?: Uint16Array
  /** count × p. Views into a batch: not to be kept. */
  readonly inputs: InputArray
  readonly targets: Int32Array | Float64Array
}

/**
 * Rows of a canonical block. 8-bit: partial sums of 1024 products of signed bytes reach 2²⁴ and no further, so that
 * float32 holds them exactly. Others: longer, because adding a block to order-free sums costs as much as 256 rows.
 * Part of the file format.
 */
export function blockRowsOf(elementType: Dataset['elementType']): number {
  return elementType === 'uint8' ? 1024 : 2048
}

export interface BlockCutter {
  /** The blocks that this batch completes. A consumer must be done with one before it asks for the next. */
  add(batch: Batch): Iterable<CanonicalBlock>
  /** The blocks that stayed incomplete, in order: the end of a split, or what was never given. */
  finish(): Iterable<CanonicalBlock>
}

interface OpenBlock {
  readonly present: Uint8Array
  readonly inputs: InputArray
  readonly targets: Int32Array | Float64Array
  count: number
}

/**
 * Cuts batches of any size, in any order, into canonical blocks. Whole blocks pass through without a copy; memory is
 * one block for examples that come in order.
 */
export function createBlockCutter(blockRows: number): BlockCutter {
  const open = new Map<number, OpenBlock>()

  function* add(batch: Batch): Generator<CanonicalBlock> {
    const width = batch.inputs.length / batch.count
    const targetWidth = batch.targets.length / batch.count
    for (let from = 0; from < batch.count;) {
      const first = batch.start + from
      const index = Math.floor(first / blockRows)
      const row = first - index * blockRows
      const count = Math.min(blockRows - row, batch.count - from)
      const inputs = batch.inputs.subarray(from * width, (from + count) * width)
      const targets = batch.targets.subarray(from * targetWidth, (from + count) * targetWidth)
      from += count
      if (count === blockRows && !open.has(index)) {
        yield { index, count, inputs, targets }
        continue
      }
      const block = open.get(index) ?? newBlock(blockRows, width, targetWidth, batch)
      open.set(index, block)
      for (let i = row; i < row + count; i++) {
        if (block.present[i]) throw new RangeError(`example ${index * blockRows + i} was added twice`)
        block.present[i] = 1
      }
      block.inputs.set(inputs, row * width)
      block.targets.set(targets, row * targetWidth)
      block.count += count
      if (block.count < blockRows) continue
      open.delete(index)
      yield { index, count: blockRows, inputs: block.inputs, targets: block.targets }
    }
  }

  function* finish(): Generator<CanonicalBlock> {
    const rest = [...open].sort(([a], [b]) => a - b)
    open.clear()
    for (const [index, block] of rest) yield compacted(index, block)
  }

  return { add, finish }
}

function newBlock(rows: number, width: number, targetWidth: number, like: Batch): OpenBlock {
  return {
    present: new Uint8Array(rows),
    inputs: emptyLike(like.inputs, rows * width),
    targets:
      like.targets instanceof Int32Array
        ? new Int32Array(rows * targetWidth)
        : new Float64Array(rows * targetWidth),
    count: 0,
  }
}

/** Moves the rows that are there to the front. */
function compacted(index: number, { present, inputs, targets, count }: OpenBlock): CanonicalBlock {
  const width = inputs.length / present.length
  const targetWidth = targets.length / present.length
  const rows = new Uint16Array(count)
  let at = 0
  for (let row = 0; row < present.length; row++) {
    if (!present[row]) continue
    inputs.copyWithin(at * width, row * width, (row + 1) * width)
    targets.copyWithin(at * targetWidth, row * targetWidth, (row + 1) * targetWidth)
    rows[at++] = row
  }
  const block = {
    index,
    count,
    inputs: inputs.subarray(0, count * width),
    targets: targets.subarray(0, count * targetWidth),
  }
  return rows[count - 1] === count - 1 ? block : { ...block, rows }
}

function emptyLike(like: InputArray, length: number): InputArray {
  if (like instanceof Uint8Array) return new Uint8Array(length)
  return like instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
}

import type { Batch, BatchOptions, Split } from '#core/dataset'
import { RetortError } from '#core/errors'
import { turn } from '#core/turn'
import type { InputPlan } from './table-inputs.ts'
import type { TargetPlan, TargetRows } from './table-target.ts'
import type { RowBlock, Table } from './table.ts'

export interface TablePlan {
  readonly targets: TargetPlan
  readonly inputs: InputPlan
}

/** A block and what is known of its targets. */
interface Loaded extends TargetRows {
  readonly block: RowBlock
}

/**
 * The rows of a table that have a target, as examples.
 * @param counts examples in each block of the table
 */
export function tableSplit(
  name: string,
  table: Table,
  { targets, inputs }: TablePlan,
  counts: readonly number[],
): Split {
  const width = inputs.columns.length
  /** Example with which each block begins, and at the end the number of all. */
  const starts = new Float64Array(counts.length + 1)
  counts.forEach((count, block) => (starts[block + 1] = starts[block] + count))
  const count = starts[counts.length]

  const load = async (number: number): Promise<Loaded> => {
    const block = await table.read(number)
    await turn()
    const read = targets.rows(table, block)
    if (read.rows.length !== counts[number]) throw changed(block.file, read.rows.length, counts[number])
    return { block, ...read }
  }
  const emptyBatch = (length: number): Pick<Batch, 'targets'> & { inputs: Float64Array } => ({
    inputs: new Float64Array(length * width),
    targets:
      targets.target.kind === 'class' ? new Int32Array(length) : new Float64Array(length * targets.width),
  })
  /** Writes examples first…first + length of a block to consecutive places of a batch, and tells how many there were. */
  const copy = (
    from: Loaded,
    first: number,
    length: number,
    to: ReturnType<typeof emptyBatch>,
    at: number,
  ) => {
    const rows = from.rows.subarray(first, first + length)
    inputs.encode(from.block, rows, to.inputs, at)
    for (let i = 0; i < rows.length; i++) {
      for (let j = 0; j < targets.width; j++) {
        to.targets[(at + i) * targets.width + j] = from.values[rows[i] * targets.width + j]
      }
    }
    return rows.length
  }

  async function* batches(options: BatchOptions): AsyncGenerator<Batch> {
    const { size, signal } = options
    const end = Math.min(options.end ?? count, count)
    let start = options.start ?? 0
    let filled = 0
    const batch = emptyBatch(Math.min(size, Math.max(0, end - start)))
    for (let number = blockOf(starts, start); start < end; number++) {
      const loaded = await load(number)
      while (start + filled < Math.min(end, starts[number + 1])) {
        signal?.throwIfAborted()
        const next = start + filled
        filled += copy(loaded, next - starts[number], Math.min(size - filled, end - next), batch, filled)
        if (filled < size && start + filled < end) continue
        yield {
          start,
          count: filled,
          inputs: batch.inputs.subarray(0, filled * width),
          targets: batch.targets.subarray(0, filled * targets.width),
        }
        start += filled
        filled = 0
      }
    }
  }

  async function at(indices: ArrayLike<number>): Promise<Batch> {
    const batch = emptyBatch(indices.length)
    const places = Array.from(indices, (index, at) => {
      if (!(index >= 0 && index < count))
        throw new RangeError(`example ${index} of ${count} in split ${name}`)
      return { number: blockOf(starts, index), index, at }
    }).sort((a, b) => a.number - b.number)
    let loaded: Loaded | undefined
    let current = -1
    for (const { number, index, at } of places) {
      if (number !== current) loaded = undefined
      current = number
      loaded ??= await load(number)
      copy(loaded, index - starts[number], 1, batch, at)
    }
    return { start: 0, count: indices.length, ...batch }
  }

  return { name, count, batches, at }
}

/** The block that holds an example. */
function blockOf(starts: Float64Array, index: number): number {
  let low = 0
  let high = starts.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (starts[middle] <= index) low = middle
    else high = middle
  }
  return low
}

function changed(file: string, found: number, needed: number): RetortError {
  return new RetortError({
    code: 'data/changed',
    message: `${file} changed while it was in use: ${found} rows stand where there were ${needed}`,
    why: 'Several passes over the data must see the same data.',
    hint: 'Run the command again when the file is complete.',
    path: file,
    values: { found, needed },
  })
}

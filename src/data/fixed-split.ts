import type { Batch, BatchOptions, Dataset, Split } from '#core/dataset'
import { allocate } from './elements.ts'
import { type BatchArrays, gatherRows, type Lane, openRows } from './rows.ts'

/** A split whose examples are rows of fixed size in one or several files. */
export interface FixedSplit {
  readonly name: string
  readonly count: number
  readonly inputSize: number
  readonly elementType: Dataset['elementType']
  /** `real`: the number of target columns. */
  readonly target: { readonly kind: 'class' } | { readonly kind: 'real'; readonly columns: number }
  /** Together they fill inputs and targets; each has `count` rows. */
  readonly lanes: readonly Lane[]
}

/**
 * Streams rows with the memory of two batches: while the consumer works on one, the next is read, decompressed and
 * decoded into the other.
 */
export function fixedSplit(layout: FixedSplit): Split {
  const { name, count, inputSize, elementType, target, lanes } = layout
  const columns = target.kind === 'class' ? 1 : target.columns
  const arraysFor = (rows: number): BatchArrays => ({
    inputs: allocate(elementType, rows * inputSize),
    targets: target.kind === 'class' ? new Int32Array(rows) : new Float64Array(rows * columns),
  })

  async function* batches(options: BatchOptions): AsyncGenerator<Batch> {
    const { size, start = 0, signal } = options
    const end = Math.min(options.end ?? count, count)
    if (!Number.isInteger(size) || size < 1 || !Number.isInteger(start) || start < 0) {
      throw new RangeError(`batches of ${size} from ${start}: want a whole size from 1 and a start from 0`)
    }
    if (start >= end) return
    const cursors = lanes.map((lane) => openRows(lane, start, end, signal))
    const rowsPerBatch = Math.min(size, end - start)
    const buffers = [arraysFor(rowsPerBatch)]
    if (end - start > size) buffers.push(arraysFor(rowsPerBatch))
    const read = async (from: number, into: BatchArrays): Promise<Batch> => {
      const rows = Math.min(size, end - from)
      await Promise.all(cursors.map((cursor) => cursor.fill(into, 0, rows)))
      return {
        start: from,
        count: rows,
        inputs: into.inputs.subarray(0, rows * inputSize),
        targets: into.targets.subarray(0, rows * columns),
      }
    }
    let ahead: Promise<Batch> | undefined = read(start, buffers[0])
    try {
      for (let from = start, other = 1; ahead; other ^= 1) {
        const batch: Batch = await ahead
        signal?.throwIfAborted()
        from += batch.count
        ahead = from < end ? read(from, buffers[other]) : undefined
        // Its failure is reported when its batch is asked for.
        ahead?.catch(() => undefined)
        yield batch
      }
    } finally {
      await ahead?.catch(() => undefined)
      await Promise.all(cursors.map((cursor) => cursor.close()))
    }
  }

  async function at(indices: ArrayLike<number>): Promise<Batch> {
    for (let i = 0; i < indices.length; i++) {
      if (!(Number.isInteger(indices[i]) && indices[i] >= 0 && indices[i] < count)) {
        throw new RangeError(`example ${indices[i]} of ${count} in split ${name}`)
      }
    }
    const arrays = arraysFor(indices.length)
    for (const lane of lanes) await gatherRows(lane, indices, arrays)
    return { start: 0, count: indices.length, ...arrays }
  }

  return { name, count, batches, at }
}

import type { InputArray } from '#core/dataset'
import type { Content } from './content.ts'
import { corrupt, truncated } from './faults.ts'

/** The arrays of one batch while it is filled. */
export interface BatchArrays {
  readonly inputs: InputArray
  readonly targets: Int32Array | Float64Array
}

/** Rows of equal size in a file, and how they enter a batch: inputs, targets, or both at once. */
export interface Lane {
  readonly content: Content
  /** Where row 0 begins. */
  readonly offset: number
  readonly rowBytes: number
  /** Number of rows. */
  readonly count: number
  /** Decodes `rows` rows, the first being row `first` of the file, into the batch from row `at`. */
  write(bytes: Uint8Array, rows: number, into: BatchArrays, at: number, first: number): void
}

export interface RowCursor {
  /** Writes the next `rows` rows into the batch from row `at`. */
  fill(into: BatchArrays, at: number, rows: number): Promise<void>
  close(): Promise<void>
}

/**
 * Reads rows start..end in order. Rows that lie whole within a chunk are decoded where they lie; only one that straddles
 * two chunks is put together first.
 */
export function openRows(lane: Lane, start: number, end: number, signal?: AbortSignal): RowCursor {
  const { content, offset, rowBytes } = lane
  const toTheEnd = end === lane.count
  const last = toTheEnd ? undefined : offset + end * rowBytes
  const stream = content.stream(offset + start * rowBytes, last, signal)
  const chunks = stream[Symbol.asyncIterator]()
  const straddling = new Uint8Array(rowBytes)
  let chunk: Uint8Array = new Uint8Array(0)
  let next = start

  /** The rows at hand, at least one and at most `most`, as one run of bytes. */
  async function available(most: number): Promise<Uint8Array> {
    while (chunk.length === 0) await refill(0)
    if (chunk.length >= rowBytes) return take(Math.min(most, Math.floor(chunk.length / rowBytes)) * rowBytes)
    for (let filled = 0; filled < rowBytes;) {
      if (chunk.length === 0) await refill(filled)
      const part = take(Math.min(chunk.length, rowBytes - filled))
      straddling.set(part, filled)
      filled += part.length
    }
    return straddling
  }

  function take(length: number): Uint8Array {
    const part = chunk.subarray(0, length)
    chunk = chunk.subarray(length)
    return part
  }

  async function refill(filled: number): Promise<void> {
    const { done, value } = await chunks.next()
    if (done) {
      const found = offset + next * rowBytes + filled
      throw truncated(content.name, offset + lane.count * rowBytes, found, `a count of ${lane.count} rows`)
    }
    chunk = value
  }

  return {
    async fill(into, at, rows) {
      for (let done = 0; done < rows;) {
        signal?.throwIfAborted()
        const run = await available(rows - done)
        const got = run.length / rowBytes
        lane.write(run, got, into, at + done, next)
        done += got
        next += got
      }
      if (toTheEnd && next === end) {
        // Reading on to the end is what verifies the checksum of compressed data.
        const extra = chunk.length > 0 ? chunk : (await chunks.next()).value
        if (extra) throw tooLong(lane)
      }
    },
    close: async () => {
      await chunks.return?.()
    },
  }
}

/** Rows that lie closer than this are read together. */
const gapBytes = 1 << 16
const runBytes = 1 << 22

/** Writes the rows at `indices` into the batch in that order, reading each part of the file at most once. */
export async function gatherRows(lane: Lane, indices: ArrayLike<number>, into: BatchArrays): Promise<void> {
  const { content, offset, rowBytes } = lane
  const order = Uint32Array.from({ length: indices.length }, (_, i) => i).sort(
    (a, b) => indices[a] - indices[b],
  )
  if (content.slice === undefined) return pickRows(lane, indices, order, into)
  for (let from = 0; from < order.length;) {
    const first = indices[order[from]]
    let to = from + 1
    for (; to < order.length; to++) {
      const gap = (indices[order[to]] - indices[order[to - 1]] - 1) * rowBytes
      if (gap > gapBytes || (indices[order[to]] + 1 - first) * rowBytes > runBytes) break
    }
    const last = indices[order[to - 1]]
    const bytes = await content.slice(offset + first * rowBytes, offset + (last + 1) * rowBytes)
    const needed = (last + 1 - first) * rowBytes
    if (bytes.length < needed) {
      throw truncated(
        content.name,
        offset + (last + 1) * rowBytes,
        offset + first * rowBytes + bytes.length,
        'row ' + last,
      )
    }
    for (; from < to; from++) {
      const index = indices[order[from]]
      const start = (index - first) * rowBytes
      lane.write(bytes.subarray(start, start + rowBytes), 1, into, order[from], index)
    }
  }
}

/** The same from a stream: once through, as far as the last row wanted. */
async function pickRows(
  lane: Lane,
  indices: ArrayLike<number>,
  order: Uint32Array,
  into: BatchArrays,
): Promise<void> {
  let position = 0
  if (order.length === 0) return
  const start = indices[order[0]]
  const end = indices[order[order.length - 1]] + 1
  const picking: Lane = {
    ...lane,
    write(bytes, rows, _, __, first) {
      for (; position < order.length && indices[order[position]] < first + rows; position++) {
        const index = indices[order[position]]
        const from = (index - first) * lane.rowBytes
        lane.write(bytes.subarray(from, from + lane.rowBytes), 1, into, order[position], index)
      }
    },
  }
  const cursor = openRows(picking, start, end)
  try {
    await cursor.fill(into, 0, end - start)
  } finally {
    await cursor.close()
  }
}

/**
 * Checks, where the length is known, that the rows fill the file exactly; so nobody asks for the memory that a damaged
 * header claims.
 * @throws RetortError `data/truncated`, `data/corrupt`
 */
export function checkLength(lane: Lane): void {
  const { content, offset, rowBytes, count } = lane
  const needed = offset + rowBytes * count
  const { atMost = Infinity } = content
  if (needed > atMost) throw truncated(content.name, needed, atMost, `a count of ${count} rows`)
  if (content.byteLength === undefined) return
  if (content.byteLength < needed) {
    throw truncated(content.name, needed, content.byteLength, `a count of ${count} rows`)
  }
  if (content.byteLength > needed) throw tooLong(lane)
}

function tooLong({ content, count, offset, rowBytes }: Lane): Error {
  const needed = offset + rowBytes * count
  return corrupt(content.name, `bytes follow the ${count} rows that its header announces (${needed} bytes)`, {
    needed,
    found: content.byteLength ?? null,
  })
}

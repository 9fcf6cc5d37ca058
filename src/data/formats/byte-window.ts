import type { Content } from '../content.ts'

/** Reads ranges of a content; those that move forward are cheap even where the content can only be streamed. */
export interface ByteWindow {
  readonly name: string
  /** Undefined where only reading to the end can tell. */
  readonly byteLength: number | undefined
  /** Bytes start..end; fewer only where the content ends. */
  read(start: number, end: number): Promise<Uint8Array>
}

/** Decompressed content has no random access: a range behind the last one starts its stream anew. */
export function byteWindow(content: Content): ByteWindow {
  const { name, byteLength, slice } = content
  if (slice) return { name, byteLength, read: (start, end) => slice(start, end) }
  let stream: AsyncIterator<Uint8Array> | undefined
  let buffer = new Uint8Array(0)
  let base = 0
  let queue: Promise<unknown> = Promise.resolve()

  const advance = async (start: number, end: number): Promise<Uint8Array> => {
    if (!stream || start < base) {
      await stream?.return?.()
      stream = content.stream(0)[Symbol.asyncIterator]()
      buffer = new Uint8Array(0)
      base = 0
    }
    while (base + buffer.length < end) {
      const { done, value } = await stream.next()
      if (done) break
      const keep = buffer.subarray(Math.min(buffer.length, Math.max(0, start - base)))
      base += buffer.length - keep.length
      buffer = concatenated(keep, value)
    }
    return buffer.slice(Math.max(0, start - base), Math.max(0, end - base))
  }

  return {
    name,
    byteLength,
    read(start, end) {
      // One at a time: readers share the position of the stream.
      const turn = queue
        .then(() => advance(start, end))
        .catch((error: unknown) => {
          stream = undefined
          throw error
        })
      queue = turn.catch(() => undefined)
      return turn
    },
  }
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

import { truncated } from './faults.ts'
import { gunzip, largestRatio } from './gzip.ts'
import type { Source } from './source.ts'

/** Bytes in order, as a file or an archive member gives them: plain, joined, or decompressed on the way. */
export interface Content {
  /** For errors. */
  readonly name: string
  /** Undefined where only reading to the end can tell. */
  readonly byteLength: number | undefined
  /** Where the length is not known, a bound of it. */
  readonly atMost?: number
  /**
   * Bytes from `start` to `end` (default: all), in chunks of about a megabyte, the next one being fetched meanwhile.
   * Read to the very end, checksums are verified.
   */
  stream(start: number, end?: number, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** Random access, where the bytes lie plainly. */
  readonly slice?: (start: number, end: number) => Promise<Uint8Array>
}

const chunkBytes = 1 << 20

/** The content of a file, decompressed where its first bytes say gzip, whatever its name. */
export async function contentOf(source: Source): Promise<Content> {
  const [first, second] = new Uint8Array(await source.slice(0, 2))
  return first === 0x1f && second === 0x8b ? gzipContent(source) : plainContent(source)
}

/** Bytes `offset` to `offset + byteLength` of a source as they are. */
export function plainContent(source: Source, offset = 0, byteLength = source.byteLength - offset): Content {
  const slice = async (start: number, end: number) => {
    const bytes = await source.slice(offset + start, offset + Math.min(end, byteLength))
    return new Uint8Array(bytes)
  }
  async function* stream(start: number, end = byteLength, signal?: AbortSignal) {
    const fetch = (from: number) => {
      const next = slice(from, Math.min(from + chunkBytes, end))
      // Reported when it is awaited; a reader that leaves early never does.
      next.catch(() => undefined)
      return next
    }
    let ahead = start < end ? fetch(start) : undefined
    for (let from = start; ahead;) {
      const chunk = await ahead
      signal?.throwIfAborted()
      if (chunk.length === 0) throw truncated(source.name, offset + end, offset + from, 'its content')
      from += chunk.length
      ahead = from < end ? fetch(from) : undefined
      yield chunk
    }
  }
  return { name: source.name, byteLength, stream, slice }
}

/** The decompressed content of a gzip file; there is no random access, and the length shows only at the end. */
function gzipContent(source: Source): Content {
  const plain = plainContent(source)
  return {
    name: source.name,
    byteLength: undefined,
    atMost: source.byteLength * largestRatio,
    stream: (start, end, signal) =>
      within(gunzip(source.name, plain.stream(0, undefined, signal)), start, end),
  }
}

/** Several contents of known length and random access, one after the other. */
export function joinedContent(parts: readonly Content[]): Content {
  const starts = [0]
  for (const { byteLength = 0 } of parts) starts.push(starts[starts.length - 1] + byteLength)
  const byteLength = starts[parts.length]
  const clip = (i: number, start: number, end: number) => ({
    from: Math.max(0, start - starts[i]),
    to: Math.min(end, starts[i + 1]) - starts[i],
  })
  async function* stream(start: number, end = byteLength, signal?: AbortSignal) {
    for (const [i, part] of parts.entries()) {
      const { from, to } = clip(i, start, end)
      if (from < to) yield* part.stream(from, to, signal)
    }
  }
  async function slice(start: number, end: number): Promise<Uint8Array> {
    const result = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start))
    for (const [i, part] of parts.entries()) {
      const { from, to } = clip(i, start, end)
      if (from < to && part.slice) result.set(await part.slice(from, to), starts[i] + from - start)
    }
    return result
  }
  return { name: parts.map(({ name }) => name).join(', '), byteLength, stream, slice }
}

/** Bytes in memory. */
export function bytesContent(name: string, bytes: Uint8Array): Content {
  return {
    name,
    byteLength: bytes.length,
    async *stream(start, end = bytes.length) {
      for (let from = start; from < end; from += chunkBytes) {
        yield bytes.subarray(from, Math.min(from + chunkBytes, end))
      }
    },
    slice: async (start, end) => bytes.subarray(start, end),
  }
}

/** At most the first `length` bytes. */
export async function headOf(content: Content, length: number): Promise<Uint8Array> {
  if (content.slice) return content.slice(0, length)
  const head = new Uint8Array(length)
  let filled = 0
  for await (const chunk of content.stream(0)) {
    const part = chunk.subarray(0, length - filled)
    head.set(part, filled)
    filled += part.length
    if (filled === length) break
  }
  return head.subarray(0, filled)
}

/** Drops what lies before `start`; stops at `end`, so that no checksum is read where not all is wanted. */
export async function* within(
  chunks: AsyncIterable<Uint8Array>,
  start: number,
  end = Infinity,
): AsyncGenerator<Uint8Array> {
  let position = 0
  for await (const chunk of chunks) {
    const from = Math.max(0, start - position)
    const to = Math.min(chunk.length, end - position)
    position += chunk.length
    if (from < to) yield chunk.subarray(from, to)
    if (position >= end) return
  }
}

import { RetortError } from '#core/errors'
import { corrupt } from './faults.ts'

type Compression = 'gzip' | 'deflate-raw'
type Chunks = AsyncIterable<Uint8Array>

/** Deflate shrinks data at most to this part (zlib's technical details). */
export const largestRatio = 1032

/** Output per call of zlib: large enough that the calls cost nothing, small enough to stay in the cache. */
const outputBytes = 1 << 18
/** How far decompression, on zlib's own thread, may run ahead of its reader. */
const aheadBytes = 1 << 22

/**
 * Decompresses a gzip file while it is read, with bounded memory; several members in a row count as one file.
 * @throws RetortError `data/truncated`, `data/corrupt` (bad bytes, checksum or length)
 */
export function gunzip(name: string, chunks: Chunks): Chunks {
  return inflate(name, 'gzip', chunks)
}

/** Decompresses a raw deflate stream, as it lies in a zip archive. @throws as `gunzip` */
export function inflateRaw(name: string, chunks: Chunks): Chunks {
  return inflate(name, 'deflate-raw', chunks)
}

/** Node's zlib where there is one: three times as fast as the web streams, which other platforms have. */
function inflate(name: string, compression: Compression, chunks: Chunks): Chunks {
  return globalThis.process?.getBuiltinModule?.('node:zlib')
    ? inflateInNode(name, compression, chunks)
    : inflateOnWeb(name, compression, chunks)
}

async function* inflateInNode(name: string, compression: Compression, chunks: Chunks) {
  const { createGunzip, createInflateRaw } = process.getBuiltinModule('node:zlib')
  const { Readable, pipeline } = process.getBuiltinModule('node:stream')
  const { on } = process.getBuiltinModule('node:events')
  const options = { chunkSize: outputBytes, readableHighWaterMark: aheadBytes }
  const output = compression === 'gzip' ? createGunzip(options) : createInflateRaw(options)
  // Its callback, and this listener, only hear what the reader below hears too, or what comes when nobody reads any more.
  output.on('error', () => undefined)
  pipeline(Readable.from(chunks, { objectMode: false, highWaterMark: 1 }), output, () => undefined)
  try {
    // By its events, because a stream that is iterated over joins what has piled up, which copies it.
    for await (const [chunk] of on(output, 'data', { close: ['end'], highWaterMark: 16, lowWaterMark: 4 })) {
      if (chunk instanceof Uint8Array) yield chunk
    }
  } catch (error) {
    throw explained(name, error, codeOf(error).startsWith('Z_'))
  } finally {
    output.destroy()
  }
}

/** The same through the web's DecompressionStream; exported so that Node can test it. */
export async function* inflateOnWeb(name: string, compression: Compression, chunks: Chunks) {
  const iterator = chunks[Symbol.asyncIterator]()
  const input = new ReadableStream<BufferSource>({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(Uint8Array.from(value))
    },
    async cancel() {
      await iterator.return?.()
    },
  })
  const reader = input.pipeThrough(new DecompressionStream(compression)).getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } catch (error) {
    throw explained(name, error, error instanceof TypeError)
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/**
 * The error of a decompressor in our words; any other comes from the source and passes through. zlib says "unexpected
 * end of file", browsers "Compressed input was truncated" and the like.
 */
function explained(name: string, error: unknown, ofDecompressor: boolean): unknown {
  if (!ofDecompressor || !(error instanceof Error)) return error
  const reason = [error.message, error.cause instanceof Error ? error.cause.message : ''].join(' ').trim()
  if (!/unexpected end|truncated|incomplete/i.test(reason)) {
    return corrupt(name, `the compressed data are damaged (${reason})`)
  }
  return new RetortError({
    code: 'data/truncated',
    message: `${name} ends in the middle of its compressed data`,
    why: 'The file was probably cut off while it was downloaded or copied.',
    hint: `Fetch ${name} again and compare its size or checksum with the original.`,
    path: name,
    cause: error,
  })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

import { RetortError } from '#core/errors'
import { truncated } from './faults.ts'
import { bytesSource, type Source } from './source.ts'

/** A server that ignores ranges may still send this much at once. */
const largestWhole = 64 << 20

/** A browser `File` or `Blob`; a file of a dropped folder keeps its relative path as name. */
export function blobSource(blob: Blob, name = nameOf(blob)): Source {
  return {
    name,
    byteLength: blob.size,
    slice: (start, end) => blob.slice(start, Math.max(start, end)).arrayBuffer(),
  }
}

function nameOf(blob: Blob): string {
  if (!(blob instanceof File)) return 'data'
  return blob.webkitRelativePath || blob.name
}

/**
 * A file on a server, read by HTTP ranges (RFC 9110, section 14). A server that ignores them is asked once for the
 * whole file, if it is small.
 * @param fetched the fetch to use, default the platform's
 * @throws RetortError `data/not-found`, `data/no-ranges`, `resource/unreachable`
 */
export async function urlSource(url: string, fetched: typeof fetch = fetch): Promise<Source> {
  const name = decodeURIComponent(new URL(url).pathname.replace(/^.*\//, '')) || 'data'
  const first = await request(url, fetched, 0, 1)
  if (first.status !== 206) return wholeSource(url, name, first)
  const total = /\/(\d+)$/.exec(first.headers.get('content-range') ?? '')?.[1]
  await first.body?.cancel()
  if (total === undefined) throw noRanges(url, 'it does not tell the length of the file')
  const byteLength = Number(total)
  return {
    name,
    byteLength,
    async slice(start, end) {
      const stop = Math.min(end, byteLength)
      if (start >= stop) return new ArrayBuffer(0)
      const response = await request(url, fetched, start, stop)
      if (response.status !== 206) throw noRanges(url, `it answered a range with status ${response.status}`)
      const bytes = await response.arrayBuffer().catch((cause: unknown) => {
        throw unreachable(url, cause)
      })
      if (bytes.byteLength !== stop - start)
        throw truncated(url, stop, start + bytes.byteLength, 'the range asked for')
      return bytes
    },
  }
}

async function request(url: string, fetched: typeof fetch, start: number, end: number): Promise<Response> {
  const response = await fetched(url, { headers: { range: `bytes=${start}-${end - 1}` } }).catch(
    (cause: unknown) => {
      throw unreachable(url, cause)
    },
  )
  if (response.ok) return response
  await response.body?.cancel()
  if (response.status === 404 || response.status === 410) {
    throw new RetortError({
      code: 'data/not-found',
      message: `there is no ${url} (status ${response.status})`,
      hint: 'Check the address.',
      path: url,
      values: { status: response.status },
    })
  }
  if (response.status === 416) {
    throw new RetortError({
      code: 'data/empty',
      message: `${url} is empty (0 bytes)`,
      hint: 'Check the address.',
      path: url,
    })
  }
  throw unreachable(url, new Error(`status ${response.status}`))
}

async function wholeSource(url: string, name: string, response: Response): Promise<Source> {
  const length = Number(response.headers.get('content-length') ?? Infinity)
  if (length > largestWhole) {
    await response.body?.cancel()
    throw noRanges(
      url,
      `it ignores ranges, and the file has ${Number.isFinite(length) ? length : 'unknown many'} bytes`,
    )
  }
  const bytes = await response.arrayBuffer().catch((cause: unknown) => {
    throw unreachable(url, cause)
  })
  return bytesSource(name, new Uint8Array(bytes))
}

function noRanges(url: string, reason: string): RetortError {
  return new RetortError({
    code: 'data/no-ranges',
    message: `the server of ${url} does not serve parts of a file: ${reason}`,
    why: 'A large file is read in parts, never as a whole.',
    hint: `Download it first: curl -LO '${url}'`,
    path: url,
  })
}

function unreachable(url: string, cause: unknown): RetortError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new RetortError({
    code: 'resource/unreachable',
    message: `${url} cannot be fetched (${reason})`,
    hint: 'Check the network and try again.',
    path: url,
    values: { reason },
    cause,
  })
}

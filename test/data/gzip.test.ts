import { describe, expect, test } from 'vitest'
import { type Content, contentOf, joinedContent, plainContent } from '#data/content'
import { RetortError } from '#core/errors'
import { gunzip, inflateOnWeb } from '#data/gzip'
import { bytesSource } from '#data/source'
import { gzipFile, randomBytes } from './fixtures.ts'

/** Compresses well in part, so that chunks of all sizes come out. */
const plain = Uint8Array.from({ length: 3_000_000 }, (_, i) =>
  i % 100_000 < 50_000 ? 7 : (i * i * 31) >>> 3,
)
const zipped = gzipFile(plain)

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk.slice())
  return new Uint8Array(Buffer.concat(parts))
}

const engines = [
  ['zlib', gunzip],
  ['web streams', (name: string, chunks: AsyncIterable<Uint8Array>) => inflateOnWeb(name, 'gzip', chunks)],
] as const

describe.each(engines)('gunzip by %s', (_, inflate) => {
  test.each([1000, 65_536, 10_000_000])('in pieces of %d bytes', async (size) => {
    expect(Buffer.compare(await whole(inflate('a.gz', cut(zipped, size))), plain)).toBe(0)
  })

  test('nothing in, nothing out', async () => {
    expect(await whole(inflate('a.gz', cut(gzipFile(new Uint8Array(0)), 10)))).toHaveLength(0)
  })

  test('truncation and damage have their own codes', async () => {
    const codeOf = async (bytes: Uint8Array) => {
      const error = await whole(inflate('a.gz', cut(bytes, 5000))).catch((reason: unknown) => reason)
      return error instanceof RetortError ? error.code : String(error)
    }
    for (const length of [5, 12, 1000, zipped.length - 9, zipped.length - 1]) {
      expect(await codeOf(zipped.subarray(0, length)), `${length} bytes`).toBe('data/truncated')
    }
    const checksum = zipped.slice()
    checksum[checksum.length - 8] ^= 1
    expect(await codeOf(checksum)).toBe('data/corrupt')
    const length = zipped.slice()
    length[length.length - 1] ^= 1
    expect(await codeOf(length)).toBe('data/corrupt')
    expect(await codeOf(randomBytes(1000, 1))).toBe('data/corrupt')
  })

  test('an error of the source comes through', async () => {
    async function* failing() {
      yield zipped.subarray(0, 1000)
      throw new Error('the disk is gone')
    }
    await expect(whole(inflate('a.gz', failing()))).rejects.toThrow('the disk is gone')
  })

  test('leaving early closes the source', async () => {
    let closed = false
    async function* watched() {
      try {
        yield* cut(zipped, 1000)
      } finally {
        closed = true
      }
    }
    for await (const chunk of inflate('a.gz', watched())) if (chunk.length > 0) break
    await expect.poll(() => closed).toBe(true)
  })
})

test('members in a row are one file', async () => {
  const both = Uint8Array.of(...gzipFile(Uint8Array.of(1, 2)), ...gzipFile(Uint8Array.of(3)))
  expect(await whole(gunzip('a.gz', cut(both, 7)))).toEqual(Uint8Array.of(1, 2, 3))
})

describe('content', () => {
  const framed = new Uint8Array(plain.length + 3)
  framed.set(plain, 2)
  const parts = [plain.subarray(0, 10), plain.subarray(10, 2_000_003), plain.subarray(2_000_003)]
  test.each([
    ['plain', () => contentOf(bytesSource('a', plain))],
    ['gzipped', () => contentOf(bytesSource('a', zipped))],
    ['joined', async () => joinedContent(parts.map((bytes, i) => plainContent(bytesSource(`${i}`, bytes))))],
    ['a window', async () => plainContent(bytesSource('a', framed), 2, plain.length)],
  ])('%s: any stretch of it', async (_, open: () => Promise<Content>) => {
    const content = await open()
    for (const [start, end] of [
      [0, undefined],
      [1_500_000, undefined],
      [5, 17],
      [1_048_575, 2_097_153],
      [3_000_000, undefined],
      [8, 8],
    ]) {
      const expected = plain.subarray(start, end)
      expect(Buffer.compare(await whole(content.stream(start ?? 0, end)), expected), `${start}..${end}`).toBe(
        0,
      )
      const slice = await content.slice?.(start ?? 0, end ?? plain.length)
      if (slice) expect(Buffer.compare(slice, expected)).toBe(0)
    }
  })
})

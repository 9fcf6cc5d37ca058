import { bytesContent, type Content, plainContent, within } from './content.ts'
import { crc32 } from './crc32.ts'
import { corrupt, truncated, unsupported } from './faults.ts'
import { inflateRaw, largestRatio } from './gzip.ts'
import type { Source } from './source.ts'

/** ZIP (PKWARE APPNOTE 6.3), as far as archives of arrays need it: stored and deflated members, ZIP64, no encryption. */
const endSignature = 0x06054b50
const end64Signature = 0x06064b50
const locatorSignature = 0x07064b50
const entrySignature = 0x02014b50
const localSignature = 0x04034b50
const endBytes = 22
const largestComment = 65535
const nearStart = 4096

/**
 * The members of a ZIP archive by name. Stored members allow random access; a member read from start to end is checked
 * against its CRC.
 * @throws RetortError `data/truncated`, `data/corrupt`, `data/unsupported`
 */
export async function zipMembers(source: Source): Promise<ReadonlyMap<string, Content>> {
  const { offset, byteLength, count } = await findDirectory(source)
  if (offset + byteLength > source.byteLength) {
    throw truncated(source.name, offset + byteLength, source.byteLength, 'the directory of the archive')
  }
  const view = new DataView(await source.slice(offset, offset + byteLength))
  const members = new Map<string, Content>()
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== entrySignature) {
      throw corrupt(source.name, `entry ${i} of the archive's directory is damaged`)
    }
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((k) => view.getUint16(at + k, true))
    const next = at + 46 + nameLength + extraLength + commentLength
    if (next > view.byteLength) throw corrupt(source.name, `entry ${i} of the archive's directory is damaged`)
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, at + 46, nameLength))
    const sizes = sizesOf(view, at, at + 46 + nameLength, extraLength)
    const entry: Entry = {
      name: `${source.name}/${name}`,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...sizes,
    }
    if (!name.endsWith('/')) members.set(name, await memberContent(source, entry))
    at = next
  }
  return members
}

interface Entry {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly unpacked: number
  /** Where its local header lies. */
  readonly local: number
}

async function findDirectory(source: Source) {
  const tailStart = Math.max(0, source.byteLength - endBytes - largestComment)
  const tail = new DataView(await source.slice(tailStart, source.byteLength))
  let at = tail.byteLength - endBytes
  while (at >= 0 && tail.getUint32(at, true) !== endSignature) at--
  if (at < 0) {
    throw truncated(
      source.name,
      source.byteLength + endBytes,
      source.byteLength,
      'the directory of the archive',
    )
  }
  const plain = {
    count: tail.getUint16(at + 10, true),
    byteLength: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  }
  const locator = at - 20
  if (locator < 0 || tail.getUint32(locator, true) !== locatorSignature) return plain
  const where = Number(tail.getBigUint64(locator + 8, true))
  const end64 = new DataView(await source.slice(where, where + 56))
  if (end64.byteLength < 56 || end64.getUint32(0, true) !== end64Signature) {
    throw corrupt(source.name, 'the ZIP64 directory of the archive is damaged')
  }
  const [count, byteLength, offset] = [32, 40, 48].map((k) => Number(end64.getBigUint64(k, true)))
  return { count, byteLength, offset }
}

/** Sizes and place of an entry; those that do not fit 32 bits stand in the ZIP64 extra field, in this order. */
function sizesOf(view: DataView, at: number, extraStart: number, extraLength: number) {
  const sizes = {
    unpacked: view.getUint32(at + 24, true),
    packed: view.getUint32(at + 20, true),
    local: view.getUint32(at + 42, true),
  }
  const extraEnd = extraStart + extraLength
  for (let extra = extraStart; extra + 4 <= extraEnd;) {
    const id = view.getUint16(extra, true)
    const length = view.getUint16(extra + 2, true)
    if (id === 1) {
      let field = extra + 4
      for (const key of ['unpacked', 'packed', 'local'] as const) {
        if (sizes[key] !== 0xffffffff || field + 8 > Math.min(extra + 4 + length, extraEnd)) continue
        sizes[key] = Number(view.getBigUint64(field, true))
        field += 8
      }
    }
    extra += 4 + length
  }
  return sizes
}

async function memberContent(source: Source, entry: Entry): Promise<Content> {
  const { name, flags, method, packed, unpacked, local } = entry
  if (flags & 1) throw unsupported(name, 'it is encrypted', 'Decrypt the archive first.')
  if (method !== 0 && method !== 8) {
    throw unsupported(
      name,
      `compression method ${method}`,
      'Write the archive with numpy.savez or savez_compressed.',
    )
  }
  if (unpacked === 0) return bytesContent(name, new Uint8Array(0))
  const header = new DataView(await source.slice(local, local + 30))
  if (header.byteLength < 30) throw truncated(name, local + 30, local + header.byteLength, 'its header')
  if (header.getUint32(0, true) !== localSignature) throw corrupt(name, 'its local header is damaged')
  const start = local + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  if (start + packed > source.byteLength) {
    throw truncated(name, start + packed, source.byteLength, 'the member')
  }
  const bytes = plainContent(
    { name, byteLength: source.byteLength, slice: (a, b) => source.slice(a, b) },
    start,
    packed,
  )
  const whole = (signal?: AbortSignal) => {
    const stream = bytes.stream(0, undefined, signal)
    return verified(entry, method === 0 ? stream : inflateRaw(name, stream))
  }
  if (method === 0 ? packed !== unpacked : unpacked > packed * largestRatio) {
    throw corrupt(name, 'its two sizes contradict each other')
  }
  return {
    name,
    byteLength: unpacked,
    stream(start, end, signal) {
      // A pass over all rows begins after the header, and is to verify the checksum too.
      const partial = end !== undefined || start > nearStart
      return method === 0 && partial ? bytes.stream(start, end, signal) : within(whole(signal), start, end)
    },
    ...(method === 0 && { slice: bytes.slice }),
  }
}

async function* verified({ name, crc, unpacked }: Entry, chunks: AsyncIterable<Uint8Array>) {
  const sum = crc32()
  let length = 0
  for await (const chunk of chunks) {
    sum.update(chunk)
    length += chunk.length
    if (length === unpacked && sum.value() !== crc) throw corrupt(name, 'its checksum (CRC-32) is wrong')
    yield chunk
  }
  if (length === unpacked) return
  throw corrupt(name, `it unpacks to ${length} bytes instead of ${unpacked}`, { length, unpacked })
}

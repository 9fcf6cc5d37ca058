import { crc32 } from '#data/crc32'

/** An 8-bit picture, row-major: grey or palette indices (1 channel) or RGB (3). */
export interface PngImage {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly data: Uint8Array
  /** Colours of the indices, at most 256 of [red, green, blue]. */
  readonly palette?: readonly (readonly number[])[]
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const colourTypes = { grey: 0, rgb: 2, palette: 3 } as const

/**
 * A PNG file (ISO/IEC 15948) compressed by the platform's own zlib, off this thread: encoders in JavaScript hold the
 * event loop for longer than a progress line may wait.
 */
export async function compressedPng(image: PngImage): Promise<Uint8Array<ArrayBuffer>> {
  return assemble(image, await deflated(scanlines(image)))
}

/** A PNG file without compression, which noise would not gain from; for many small pictures. */
export function storedPng(image: PngImage): Uint8Array<ArrayBuffer> {
  return assemble(image, storedZlib(scanlines(image)))
}

/** Node's zlib where there is one, which is ready ten times sooner than the web's streams. */
async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const zlib = globalThis.process?.getBuiltinModule?.('node:zlib')
  if (zlib) {
    return new Promise((resolve, reject) =>
      zlib.deflate(bytes, (error, result) => (error ? reject(error) : resolve(result))),
    )
  }
  const { readable, writable } = new CompressionStream('deflate')
  const writer = writable.getWriter()
  const written = writer.write(bytes).then(() => writer.close())
  const parts: Uint8Array[] = []
  for await (const part of readable) parts.push(part)
  await written
  return joined(parts)
}

/** Every row behind the number of its filter: 0, none. */
function scanlines({ width, height, channels, data }: PngImage): Uint8Array<ArrayBuffer> {
  const length = width * channels
  const lines = new Uint8Array(height * (length + 1))
  for (let y = 0; y < height; y++) {
    lines.set(data.subarray(y * length, (y + 1) * length), y * (length + 1) + 1)
  }
  return lines
}

function assemble(
  { width, height, channels, palette }: PngImage,
  content: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header[8] = 8
  header[9] = palette ? colourTypes.palette : channels === 3 ? colourTypes.rgb : colourTypes.grey
  return joined([
    signature,
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette.flat()))] : []),
    chunk('IDAT', content),
    chunk('IEND', new Uint8Array()),
  ])
}

/** Length, type, content, and the CRC-32 of type and content. */
function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 12)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, content.length)
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i)
  bytes.set(content, 8)
  const checksum = crc32()
  checksum.update(bytes.subarray(4, 8 + content.length))
  view.setUint32(8 + content.length, checksum.value())
  return bytes
}

const largestStored = 0xffff

/** A zlib stream (RFC 1950) of stored blocks (RFC 1951, section 3.2.4). */
function storedZlib(bytes: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(bytes.length / largestStored))
  const result = new Uint8Array(2 + 5 * blocks + bytes.length + 4)
  const view = new DataView(result.buffer)
  view.setUint16(0, 0x7801)
  let at = 2
  for (let block = 0; block < blocks; block++) {
    const part = bytes.subarray(block * largestStored, (block + 1) * largestStored)
    result[at] = block === blocks - 1 ? 1 : 0
    view.setUint16(at + 1, part.length, true)
    view.setUint16(at + 3, ~part.length & 0xffff, true)
    result.set(part, at + 5)
    at += 5 + part.length
  }
  view.setUint32(at, adler32(bytes))
  return result
}

function adler32(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  // The sums stay below 2³² for 5552 bytes.
  for (let start = 0; start < bytes.length; start += 5552) {
    const end = Math.min(start + 5552, bytes.length)
    for (let i = start; i < end; i++) b += a += bytes[i]
    a %= 65521
    b %= 65521
  }
  return ((b << 16) | a) >>> 0
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}

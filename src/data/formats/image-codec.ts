import { corrupt } from '../faults.ts'

/** An image as its file holds it: 8 bits, red, green, blue and opacity of each pixel, row by row. */
export interface DecodedImage {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8ClampedArray
}

export type ImageKind = 'png' | 'jpeg' | 'webp'

/** Tells an image file by its first 12 bytes. */
export function imageKind(bytes: Uint8Array): ImageKind | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 12))
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg'
  return text.startsWith('RIFF') && text.slice(8) === 'WEBP' ? 'webp' : undefined
}

/**
 * Decodes a PNG, JPEG or WebP file (WebAssembly builds of the usual libraries); 16-bit PNG is reduced to 8 bits.
 * @throws RetortError `data/corrupt`
 */
export async function decodeImage(name: string, bytes: Uint8Array): Promise<DecodedImage> {
  const kind = imageKind(bytes)
  if (!kind) throw corrupt(name, 'it does not begin as a PNG, JPEG or WebP image')
  const decode = await (decoders[kind] ??= loaders[kind]())
  let complaint: string | undefined
  try {
    const { width, height, data } = await decode(bytes.slice().buffer, (message) => (complaint ??= message))
    // The JPEG decoder fills what is missing with grey and only says so; it also complains of harmless things.
    if (complaint === undefined || !/premature/i.test(complaint)) return { width, height, pixels: data }
  } catch (error) {
    complaint ??= error instanceof Error ? error.message : undefined
  }
  throw corrupt(
    name,
    `the ${kind.toUpperCase()} image cannot be decoded${complaint ? ` (${complaint})` : ''}`,
  )
}

type Decode = (bytes: ArrayBuffer, complain: (message: string) => void) => Promise<ImageData>

const decoders: Partial<Record<ImageKind, Promise<Decode>>> = {}

const loaders: Record<ImageKind, () => Promise<Decode>> = {
  async png() {
    const { decode, init } = await import('@jsquash/png/decode.js')
    await init(installedFile('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'))
    return (bytes) => decode(bytes)
  },
  async jpeg() {
    const { default: decode, init } = await import('@jsquash/jpeg/decode.js')
    const complaints: string[] = []
    await init(emscriptenOptions('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', complaints))
    return collecting(decode, complaints)
  },
  async webp() {
    const { default: decode, init } = await import('@jsquash/webp/decode.js')
    const complaints: string[] = []
    await init(emscriptenOptions('@jsquash/webp/codec/dec/webp_dec.wasm', complaints))
    return collecting(decode, complaints)
  },
}

/** One image at a time, so that what the decoder prints is about the image in hand. */
function collecting(decode: (bytes: ArrayBuffer) => Promise<ImageData>, complaints: string[]): Decode {
  let queue: Promise<unknown> = Promise.resolve()
  return (bytes, complain) => {
    const decoded = queue.then(async () => {
      complaints.length = 0
      try {
        return await decode(bytes)
      } finally {
        complaints.forEach(complain)
      }
    })
    queue = decoded.catch(() => undefined)
    return decoded
  }
}

/** In Node the decoder cannot fetch its own code; in a browser it does, as the bundler has placed it. */
function emscriptenOptions(file: string, complaints: string[]) {
  const code = installedFile(file)
  return { printErr: (message: string) => complaints.push(message), ...(code && { wasmBinary: code }) }
}

function installedFile(file: string): ArrayBuffer | undefined {
  const process = globalThis.process
  if (typeof process?.getBuiltinModule !== 'function') return undefined
  const { createRequire } = process.getBuiltinModule('node:module')
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const bytes = readFileSync(createRequire(import.meta.url).resolve(file))
  return new Uint8Array(bytes).buffer
}

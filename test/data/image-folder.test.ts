import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import encodeJpeg, { init as initJpeg } from '@jsquash/jpeg/encode.js'
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode.js'
import { encode } from 'fast-png'
import { beforeAll, describe, expect, it } from 'vitest'
import type { OpenOptions } from '#data/formats/format'
import { decodeImage } from '#data/formats/image-codec'
import { imageFolder } from '#data/formats/image-folder'
import { bytesSource } from '#data/source'
import { formatConformance } from '../conformance/formats.ts'

type Pixels = Uint8Array<ArrayBuffer>

/** A smooth picture with the given number of channels, different for each number. */
function picture(number: number, channels: number, width = 8, height = 5): Pixels {
  return Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels)
    const opaque = channels % 2 === 0 && i % channels === channels - 1
    return opaque
      ? 255
      : (number * 40 + (pixel % width) * 9 + Math.floor(pixel / width) * 11 + (i % channels) * 30) % 256
  })
}

const png = (data: Pixels, channels: number, width = 8, height = 5) =>
  encode({ width, height, channels, depth: 8, data })

function rgba(data: Pixels): ImageData {
  const pixels = new Uint8ClampedArray((data.length / 3) * 4).fill(255)
  for (let i = 0; i < data.length; i++) pixels[Math.floor(i / 3) * 4 + (i % 3)] = data[i]
  return new ImageData(pixels, 8, 5)
}

const open = (files: Record<string, Uint8Array>, options: OpenOptions = {}) =>
  imageFolder.open(
    { path: 'pictures/', files: Object.entries(files).map(([name, bytes]) => bytesSource(name, bytes)) },
    options,
  )

const failure = (code: string) =>
  expect.objectContaining({ code, hint: expect.stringMatching(/./), message: expect.stringMatching(/./) })

const code = (file: string) => ({ wasmBinary: readFileSync(createRequire(import.meta.url).resolve(file)) })

beforeAll(async () => {
  await initJpeg(code('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm'))
  await initWebp(code('@jsquash/webp/codec/enc/webp_enc.wasm'))
  await decodeImage('any', png(picture(0, 3), 3)) // Brings ImageData to Node.
})

formatConformance('image folder', () =>
  open(
    Object.fromEntries(
      Array.from({ length: 45 }, (_, i) => [
        `${i % 5 === 0 ? 'test' : 'train'}/${i % 3 === 0 ? 'a' : 'b'}/${i}.png`,
        png(picture(i, 3), 3),
      ]),
    ),
  ),
)

describe('image folder', () => {
  it('takes the folder for the class, sorted, and gives the pixels as they were, rows before columns', async () => {
    const files = Object.fromEntries(
      [0, 1, 2, 3, 4].map((i) => [`${i % 2 ? 'cat' : 'ant'}/${i}.png`, png(picture(i, 3), 3)]),
    )
    const dataset = await open(files)
    expect(dataset).toMatchObject({
      name: 'pictures',
      kind: 'image',
      inputShape: [5, 8, 3],
      elementType: 'uint8',
    })
    expect(dataset.target).toEqual({ kind: 'class', names: ['ant', 'cat'] })
    expect(dataset.splits.test).toBeUndefined()
    for (let pass = 0; pass < 2; pass++) {
      let next = 0
      for await (const batch of dataset.splits.train.batches({ size: 2 })) {
        expect(batch.start).toBe(next)
        const expected = Object.keys(files).slice(next, next + 2)
        expect([...batch.targets]).toEqual(expected.map((name) => (name.startsWith('cat') ? 1 : 0)))
        expect([...batch.inputs]).toEqual(expected.flatMap((name) => [...picture(Number(name[4]), 3)]))
        next += batch.count
      }
      expect(next).toBe(5)
    }
    const { inputs, targets } = await dataset.splits.train.at([4, 0, 0])
    expect([...targets]).toEqual([0, 0, 0])
    expect([...inputs]).toEqual([...picture(4, 3), ...picture(0, 3), ...picture(0, 3)])
    await expect(dataset.splits.train.at([5])).rejects.toThrow(RangeError)
  })

  it('reads grey images as one channel, also where they are stored in colour', async () => {
    const grey = picture(1, 1)
    const stored = Uint8Array.from({ length: grey.length * 3 }, (_, i) => grey[Math.floor(i / 3)])
    const { inputShape, splits } = await open({ 'a/1.png': png(grey, 1), 'b/2.png': png(stored, 3) })
    expect(inputShape).toEqual([5, 8, 1])
    expect([...(await splits.train.at([0, 1])).inputs]).toEqual([...grey, ...grey])
  })

  it('puts transparent images on a white ground, and says so', async () => {
    const pixels = picture(1, 4)
    pixels.set([100, 0, 255, 51], 8)
    const { splits, notes } = await open({ 'a/1.png': png(pixels, 4), 'b/2.png': png(picture(2, 3), 3) })
    const { inputs } = await splits.train.at([0])
    expect([...inputs.subarray(6, 9)]).toEqual([100, 0, 255].map((v) => Math.round(v * 0.2 + 255 * 0.8)))
    expect(notes.join()).toMatch(/white ground/)
  })

  it('decodes JPEG closely and lossless WebP exactly', async () => {
    const pixels = picture(2, 3)
    const { splits } = await open({
      'a/1.jpeg': new Uint8Array(await encodeJpeg(rgba(pixels), { quality: 100 })),
      'a/2.JPG': new Uint8Array(await encodeJpeg(rgba(pixels), { quality: 100 })),
      'b/3.webp': new Uint8Array(await encodeWebp(rgba(pixels), { lossless: 1, exact: 1 })),
    })
    const { inputs } = await splits.train.at([0, 1, 2])
    expect([...inputs.subarray(240)]).toEqual([...pixels])
    const error = pixels.reduce((sum, value, i) => sum + Math.abs(value - inputs[i]), 0) / pixels.length
    expect(error).toBeLessThan(12)
    expect([...inputs.subarray(0, 120)]).toEqual([...inputs.subarray(120, 240)])
  })

  it('finds train, test and validation folders, and classes named like them', async () => {
    const one = png(picture(1, 1), 1)
    const names = (prefixes: string[]) =>
      Object.fromEntries(prefixes.map((prefix) => [`${prefix}/1.png`, one]))
    const split = await open(names(['test/a', 'train/a', 'train/b', 'val/a']))
    expect([split.splits.train.count, split.splits.test?.count]).toEqual([2, 1])
    const validated = await open(names(['train/a', 'train/b', 'val/b']))
    expect([...(await validated.splits.test!.at([0])).targets]).toEqual([1])
    expect(validated.notes.join()).toMatch(/validation/)
    expect((await open(names(['train', 'plane']))).target.names).toEqual(['plane', 'train'])
    const chosen = await open(names(['x/a', 'x/b', 'z/a']), { train: 'x', test: './z/' })
    expect([chosen.splits.train.count, chosen.splits.test?.count]).toEqual([2, 1])
    await expect(open(names(['x/a', 'x/b']), { train: 'y' })).rejects.toThrow(failure('data/not-found'))
    await expect(open(names(['train/a', 'train/b', 'test/c']))).rejects.toThrow(
      failure('data/label-out-of-range'),
    )
    await expect(open(names(['train/a', 'test/a']))).rejects.toThrow(failure('data/one-class'))
  })

  it('refuses images of other sizes, naming two files, and colours among grey', async () => {
    const small = png(picture(1, 1, 4, 4), 1, 4, 4)
    await expect(open({ 'a/1.png': png(picture(1, 1), 1), 'b/2.png': small })).rejects.toThrow(
      /b\/2.png has 4 × 4 pixels, but a\/1.png has 8 × 5/,
    )
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [
        `${i < 100 ? 'a' : 'b'}/${1000 + i}.png`,
        png(picture(1, 1), 1),
      ]),
    )
    const late = await open({ ...many, 'a/1001.png': small })
    await expect(late.splits.train.at([0, 1])).rejects.toThrow(failure('data/image-size'))
    const coloured = await open({ ...many, 'a/1001.png': png(picture(1, 3), 3) })
    await expect(coloured.splits.train.at([1])).rejects.toThrow(failure('data/image-channels'))
    expect((await coloured.splits.train.at([2])).count).toBe(1)
  })

  it('refuses images without a class folder, damaged images and real targets', async () => {
    const sound = png(picture(1, 1), 1)
    await expect(open({ '1.png': sound, 'a/2.png': sound })).rejects.toThrow(failure('data/no-class-folder'))
    await expect(open({ 'a/1.png': sound, 'b/2.png': sound }, { targetKind: 'real' })).rejects.toThrow(
      failure('usage/target-kind'),
    )
    const jpeg = new Uint8Array(await encodeJpeg(rgba(picture(2, 3)), { quality: 100 }))
    expect(await decodeImage('whole', jpeg)).toMatchObject({ width: 8, height: 5 })
    for (const broken of [sound.subarray(0, 60), new Uint8Array(9), jpeg.subarray(0, jpeg.length - 2)]) {
      await expect(open({ 'a/1.png': broken, 'b/2.png': sound })).rejects.toThrow(failure('data/corrupt'))
    }
    await expect(open({ 'a/1.png': sound, 'b/2.png': sound })).resolves.toBeDefined()
  })

  it('stops when asked', async () => {
    const one = png(picture(1, 1), 1)
    const { train } = (await open({ 'a/1.png': one, 'b/2.png': one })).splits
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(train.batches({ size: 2, signal })[Symbol.asyncIterator]().next()).rejects.toThrow('enough')
  })
})

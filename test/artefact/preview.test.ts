import { decode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matrix, matrixOf } from '#core/matrix'
import { drawable, fitted, textWidth } from '#artefact/preview/bitmap-font'
import { heatMap } from '#artefact/preview/heat-map'
import { picturesOf } from '#artefact/preview/pictures'
import { compressedPng, storedPng } from '#artefact/preview/png'
import { renderPreview } from '#artefact/preview/preview'
import { reducedBy } from '#artefact/preview/reduce'
import { pictureSheet } from '#artefact/preview/sheet'
import { pointPictures } from '#artefact/point-pictures'
import { preprocess } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { digitNames, imageSet, normals, repeated } from './sets.ts'

let blas: Blas
beforeAll(async () => {
  ;({ blas } = await chooseBlas())
})
afterAll(() => blas.close())

describe('pictures', () => {
  test('real pixels go through preprocessing and back to the very same bytes', async () => {
    const { preprocessing } = await imageSet(blas)
    const raw = Uint8Array.from({ length: 10 * 36 }, (_, i) => (i * 37) % 256)
    const points = await preprocess(raw, 10, 36, preprocessing)
    const set = { ...(await imageSet(blas)), points, references: points }
    const { distilled, real } = await pointPictures(set, [0, 255], blas)
    expect(distilled).toEqual(real)
    expect(distilled.stretched).toBe(false)
    const { distilled: alone } = await pointPictures({ ...set, references: undefined }, [0, 255], blas)
    expect(alone.stretched).toBe(true)
    expect(distilled.pixels.flatMap((pixels) => Array.from(pixels))).toEqual(Array.from(raw))
  })

  test('values a little beyond the range are clipped; far beyond it each picture is stretched by itself', () => {
    const near = picturesOf(matrixOf([[-5, 128, 260, 255]]), [2, 2, 1], [0, 255])
    expect(near.stretched).toBe(false)
    expect(Array.from(near.pixels[0])).toEqual([0, 128, 255, 255])
    const far = picturesOf(
      matrixOf([
        [-1000, 0, 1000, 500],
        [7, 7, 7, 7],
      ]),
      [2, 2, 1],
      [0, 255],
    )
    expect(far.stretched).toBe(true)
    expect(Array.from(far.pixels[0])).toEqual([0, 128, 255, 191])
    expect(Array.from(far.pixels[1])).toEqual([128, 128, 128, 128])
  })

  test('outliers do not grey a stretched picture', () => {
    const values = normals(1, 400, 'outlier')
    values.data[7] = 1e6
    const [pixels] = picturesOf(values, [20, 20, 1], undefined).pixels
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length
    expect(mean).toBeGreaterThan(90)
    expect(mean).toBeLessThan(165)
  })

  test('four channels lose alpha, other numbers are averaged into grey', () => {
    const four = picturesOf(matrixOf([[10, 20, 30, 99]]), [1, 1, 4], [0, 255])
    expect([four.channels, ...four.pixels[0]]).toEqual([3, 10, 20, 30])
    const two = picturesOf(matrixOf([[10, 30]]), [1, 1, 2], [0, 255])
    expect([two.channels, ...two.pixels[0]]).toEqual([1, 20])
  })

  test('reducing averages blocks', () => {
    const pictures = picturesOf(matrixOf([[0, 100, 50, 50, 200, 100, 50, 50]]), [2, 4, 1], [0, 255])
    const { width, height, pixels } = reducedBy(pictures, 2)
    expect({ width, height, pixels: Array.from(pixels[0]) }).toEqual({
      width: 2,
      height: 1,
      pixels: [100, 50],
    })
  })
})

describe('sheet', () => {
  const sheetOf = (count: number, side: number, channels: number, classes?: number[]) => {
    const values = normals(count, side * side * channels, 'sheet', count)
    const pictures = picturesOf(values, [side, side, channels], undefined)
    const names = Array.from({ length: count }, (_, i) => digitNames[(classes ?? [i])[i] ?? i % 10])
    return { pictures, raster: pictureSheet({ pictures, names, classes }) }
  }

  test('every picture stands on it, enlarged by a whole factor', () => {
    const { pictures, raster } = sheetOf(10, 28, 1)
    const scale = 4
    const place = (i: number, x: number, y: number) => {
      const column = i % 5
      const left = 8 + column * (28 * scale + 3)
      const top = 8 + Math.floor(i / 5) * (28 * scale + 16 + 2 + 3)
      return raster.data[(top + y * scale + 1) * raster.width + left + x * scale + 2]
    }
    for (const i of [0, 4, 5, 9]) {
      for (const [x, y] of [
        [0, 0],
        [27, 27],
        [13, 5],
      ]) {
        expect(place(i, x, y)).toBe(pictures.pixels[i][y * 28 + x])
      }
    }
  })

  test.each([
    [1, 1, 1],
    [3, 2, 3],
    [12, 300, 1],
    [200, 28, 1],
    [1000, 32, 3],
  ])('%i pictures of side %i with %i channels fit a page', async (count, side, channels) => {
    const { raster } = sheetOf(count, side, channels)
    expect(raster.width).toBeLessThanOrEqual(760)
    const png = decode(await compressedPng(raster), { checkCrc: true })
    expect([png.width, png.height, png.channels]).toEqual([raster.width, raster.height, channels])
  })

  test('classes with many pictures get rows of their own, in the order of classes', () => {
    const classes = Array.from({ length: 30 }, (_, i) => 9 - (i % 10))
    const { raster } = sheetOf(30, 8, 1, classes)
    const plain = sheetOf(30, 8, 1).raster
    expect(raster.height / raster.width).toBeGreaterThan(2 * (plain.height / plain.width))
  })

  test('real stands left of distilled', async () => {
    const set = repeated(await imageSet(blas, { side: 28 }), 1)
    const dark = matrix(10, 784)
    const bright = matrix(10, 784)
    bright.data.fill(255)
    const preview = await renderPreview(set, {
      distilled: picturesOf(bright, [28, 28, 1], [0, 255]),
      real: picturesOf(dark, [28, 28, 1], [0, 255]),
    })
    const { data, width } = decode(preview.png)
    const row = 8 + 8 + 3 + 40
    expect([data[row * width + 20], data[row * width + 8 + 112 + 1 + 20]]).toEqual([0, 255])
    expect(preview.caption).toContain('beside the real image')
  })
})

describe('heat map', () => {
  test('sign decides the hue, size the depth; zero is nearly white', () => {
    const { data, width, height, palette } = heatMap({ values: matrixOf([[-2, 0, 2]]), names: ['#0'] })
    const left = width - 8 - 3 * 36
    const colour = (j: number) => palette![data[20 * width + left + j * 36 + 18]]
    expect(height).toBeGreaterThan(24)
    expect(colour(0)).toEqual([5, 48, 97])
    expect(colour(1)).toEqual([247, 247, 247])
    expect(colour(2)).toEqual([103, 0, 31])
  })

  test.each([
    [1, 1],
    [7, 2],
    [300, 1500],
    [2, 4000],
    [1000, 5],
  ])('%i × %i fits a page', async (rows, cols) => {
    const names = Array.from({ length: rows }, (_, i) => `#${i}`)
    const raster = heatMap({ values: normals(rows, cols, 'map'), names })
    expect(raster.width).toBeLessThanOrEqual(850)
    expect(raster.height).toBeLessThanOrEqual(1100)
    const png = decode(await compressedPng(raster), { checkCrc: true })
    expect([png.channels, png.palette]).toEqual([1, raster.palette])
  })

  test('all zeros, and a large value among columns that share a pixel', () => {
    expect(new Set(heatMap({ values: matrix(2, 3), names: ['a', 'b'] }).data).size).toBeGreaterThan(2)
    const values = matrix(1, 2000)
    values.data[1001] = 5
    const { data, width } = heatMap({ values, names: ['#0'] })
    const row = data.subarray(10 * width, 11 * width)
    expect(row.includes(240)).toBe(true)
  })
})

describe('PNG files', () => {
  test.each([
    [1, 1, 1],
    [5, 3, 3],
    [700, 200, 1],
  ] as const)(
    '%i × %i with %i channels reads back, stored and compressed',
    async (width, height, channels) => {
      const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * i) >> 3)
      const image = { width, height, channels, data }
      for (const bytes of [storedPng(image), await compressedPng(image)]) {
        const read = decode(bytes, { checkCrc: true })
        expect([read.width, read.height, read.channels, read.depth]).toEqual([width, height, channels, 8])
        expect(Buffer.compare(Uint8Array.from(read.data), data)).toBe(0)
      }
    },
  )

  test('an index means its colour', () => {
    const palette = [
      [1, 2, 3],
      [250, 0, 9],
    ]
    const read = decode(storedPng({ width: 2, height: 1, channels: 1, data: Uint8Array.of(1, 0), palette }))
    expect([read.palette, Array.from(read.data)]).toEqual([palette, [1, 0]])
  })
})

describe('names', () => {
  test('accents are dropped; letters that the font lacks give a number', async () => {
    expect(drawable('Île-de-France')).toBe('Ile-de-France')
    expect(drawable('−1')).toBe('-1')
    expect(drawable('零')).toBeUndefined()
    expect(drawable('')).toBeUndefined()
    const set = await imageSet(blas, { target: { kind: 'class', names: ['零', '一'] } })
    const pictures = { distilled: picturesOf(set.points, set.inputShape, undefined) }
    await expect(renderPreview(set, pictures)).resolves.toBeDefined()
  })

  test('long names are cut to the width', () => {
    for (const width of [5, 20, 50, 200]) {
      const text = fitted('a rather long name of a class', width)
      expect(textWidth(text)).toBeLessThanOrEqual(Math.max(width, 5))
    }
  })
})

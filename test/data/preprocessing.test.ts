import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Preprocessing } from '#core/dataset'
import { matrix, relativeError, type Matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import {
  givenChannel,
  givenMoments,
  preprocess,
  undoPreprocessing,
  unitPreprocessing,
} from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

const random = randomStream(2, 'preprocessing')
const normals = (rows: number, cols: number) =>
  matrix(rows, cols, random.fillNormal(new Float64Array(rows * cols)))

/** A symmetric positive definite M = I + a aᵀ, and its mean. */
function zca(size: number): Extract<Preprocessing, { name: 'zca' }> {
  const whitening = matrix(size, size)
  const a = random.fillNormal(new Float64Array(size))
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) whitening.data[i * size + j] = a[i] * a[j] + (i === j ? 1 : 0)
  }
  return { name: 'zca', mean: random.fillNormal(new Float64Array(size)), whitening, regularisation: 0.1 }
}

describe('preprocess', () => {
  it.each([
    [1, 1],
    [3, 5],
    [700, 2000],
  ])(
    'scales and shifts %i × %i inputs of every element type, and leaves them as they were',
    async (count, size) => {
      const bytes = Uint8Array.from({ length: count * size }, () => random.integer(256))
      const scale = random.fillNormal(new Float64Array(size))
      const shift = random.fillNormal(new Float64Array(size))
      const expected = Float64Array.from(bytes, (value, i) => value * scale[i % size] + shift[i % size])
      for (const inputs of [bytes, Float32Array.from(bytes), Float64Array.from(bytes)]) {
        const before = inputs.slice()
        for (const name of ['unit', 'channel', 'column'] as const) {
          const result = await preprocess(inputs, count, size, { name, scale, shift })
          expect([result.rows, result.cols]).toEqual([count, size])
          expect(result.data.every((value, i) => value === expected[i])).toBe(true)
        }
        const plain = await preprocess(inputs, count, size, { name: 'none' })
        expect(plain.data.every((value, i) => value === bytes[i])).toBe(true)
        plain.data.fill(-1)
        expect(inputs).toEqual(before)
      }
    },
  )

  it('whitens with M (x − mean)', async () => {
    const p = zca(7)
    const inputs = Float32Array.from(normals(4, 7).data)
    const { data } = await preprocess(inputs, 4, 7, p, blas)
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 7; j++) {
        let sum = 0
        for (let k = 0; k < 7; k++) sum += p.whitening.data[j * 7 + k] * (inputs[i * 7 + k] - p.mean[k])
        expect(data[i * 7 + j]).toBeCloseTo(sum, 10)
      }
    }
  })

  it('takes the first count × size values, and none', async () => {
    const { data } = await preprocess(Float64Array.of(1, 2, 3, 4), 1, 2, { name: 'none' })
    expect([...data]).toEqual([1, 2])
    const empty = await preprocess(new Uint8Array(0), 0, 2, unitPreprocessing(2))
    expect([empty.rows, empty.cols]).toEqual([0, 2])
  })

  it('refuses a preprocessing of another size, and ZCA without a provider', async () => {
    await expect(preprocess(new Uint8Array(6), 2, 3, unitPreprocessing(2))).rejects.toThrow(RangeError)
    await expect(preprocess(new Uint8Array(6), 2, 3, zca(3))).rejects.toThrow(RangeError)
  })
})

describe('undoPreprocessing', () => {
  const inverts = async (points: Matrix, preprocessing: Preprocessing) => {
    const before = points.data.slice()
    const there = await preprocess(points.data, points.rows, points.cols, preprocessing, blas)
    expect(relativeError(await undoPreprocessing(there, preprocessing, blas), points)).toBeLessThan(1e-13)
    expect(points.data).toEqual(before)
  }

  it('inverts every preprocessing', async () => {
    for (const [rows, side] of [
      [1, 1],
      [6, 4],
      [300, 16],
    ]) {
      const size = side * side * 3
      await inverts(normals(rows, size), { name: 'none' })
      await inverts(normals(rows, size), unitPreprocessing(size))
      await inverts(normals(rows, size), givenChannel([side, side, 3], [0.1, 0.2, 0.3], [1, 2, 4]))
      await inverts(normals(rows, Math.min(size, 60)), zca(Math.min(size, 60)))
    }
  })
})

describe('givenChannel', () => {
  it('gives (x / 255 − mean) / std of the channel of each value', async () => {
    const { mean, std } = givenMoments.cifar10
    const inputs = Uint8Array.from({ length: 2 * 12 }, (_, i) => i * 10)
    const { data } = await preprocess(inputs, 2, 12, givenChannel([2, 2, 3], mean, std))
    data.forEach((value, i) => expect(value).toBeCloseTo((inputs[i] / 255 - mean[i % 3]) / std[i % 3], 12))
    const one = givenChannel([2, 2, 3], [0.5], [0.25])
    expect(one).toMatchObject({ name: 'channel', scale: new Float64Array(12).fill(4 / 255) })
  })

  it.each([
    [[4], [0.5], [0.5]],
    [[2, 2, 3], [0.5, 0.5], [0.5]],
    [[2, 2, 1], [0.5], [0.5, 0.5, 0.5]],
    [[2, 2, 1], [0.5], [0]],
    [[2, 2, 1], [NaN], [1]],
  ])('refuses what does not fit: %j, mean %j, std %j', (shape, mean, std) => {
    expect(() => givenChannel(shape, mean, std)).toThrow(
      expect.objectContaining({ code: 'config/preprocessing', exitCode: 2 }),
    )
  })
})

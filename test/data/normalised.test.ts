import { describe, expect, test } from 'vitest'
import type { Batch, Dataset } from '#core/dataset'
import { randomStream } from '#core/random'
import { normaliseExample, normalisedDataset } from '#data/normalised'
import { preprocess } from '#data/preprocessing'

const random = randomStream(4, 'normalised')
const size = 12
const inputs = Uint8Array.from({ length: 5 * size }, () => random.integer(256))
// One black example among the others.
inputs.fill(0, 2 * size, 3 * size)

const whole: Batch = { start: 0, count: 5, inputs, targets: Int32Array.of(0, 1, 0, 1, 1) }
const dataset: Dataset = {
  name: 'five',
  kind: 'image',
  inputShape: [2, 2, 3],
  elementType: 'uint8',
  target: { kind: 'class', names: ['a', 'b'] },
  splits: {
    train: {
      name: 'train',
      count: 5,
      async *batches() {
        yield await Promise.resolve(whole)
      },
      at: () => Promise.resolve(whole),
    },
  },
  source: { path: '', files: [] },
  notes: [],
}

describe('normaliseExample', () => {
  test.each([1e-150, 1e-3, 1, 1e150])('gives mean 0 and length 1 at scale %s', (scale) => {
    const values = random.fillNormal(new Float64Array(size)).map((value) => scale * (value + 3))
    normaliseExample(values, 0, size)
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12)
    expect(Math.hypot(...values)).toBeCloseTo(1, 12)
  })

  test('makes equal values 0, and only the example that it was given', () => {
    const values = Float64Array.of(7, 0.1, 0.1, 0.1, 7)
    normaliseExample(values, 1, 3)
    expect([...values]).toEqual([7, 0, 0, 0, 7])
  })

  test('leaves a normalised example as it is, up to rounding', () => {
    const once = random.fillNormal(new Float64Array(size))
    normaliseExample(once, 0, size)
    const twice = once.slice()
    normaliseExample(twice, 0, size)
    twice.forEach((value, t) => expect(value).toBeCloseTo(once[t], 15))
  })
})

describe('a normalised dataset', () => {
  test('streams and fetches what preprocess makes of the raw examples, which stay as they were', async () => {
    const before = inputs.slice()
    const seen = normalisedDataset(dataset)
    const expected = await preprocess(inputs, 5, size, { name: 'none', normalised: true })
    expect(seen.elementType).toBe('float64')
    for await (const batch of seen.splits.train.batches({ size: 5 }))
      expect(batch.inputs).toEqual(expected.data)
    expect((await seen.splits.train.at([0, 1, 2, 3, 4])).inputs).toEqual(expected.data)
    expect(expected.data.subarray(2 * size, 3 * size)).toEqual(new Float64Array(size))
    expect(inputs).toEqual(before)
  })

  test('is normalised before it is scaled', async () => {
    const scale = random.fillNormal(new Float64Array(size))
    const shift = random.fillNormal(new Float64Array(size))
    const plain = await preprocess(inputs, 5, size, { name: 'none', normalised: true })
    const scaled = await preprocess(inputs, 5, size, { name: 'column', normalised: true, scale, shift })
    scaled.data.forEach((value, t) => expect(value).toBe(plain.data[t] * scale[t % size] + shift[t % size]))
  })
})

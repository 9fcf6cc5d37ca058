import { afterAll, describe, expect, it } from 'vitest'
import type { Batch, Preprocessing, PreprocessingName } from '#core/dataset'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import { collectStatistics } from '#statistics/collect'
import { measurePreprocessing } from '#statistics/preprocessing'
import type { RecordShape } from '#statistics/record'
import { finishRecord } from '#statistics/record'
import type { RawStatistics, Statistics } from '#statistics/statistics'
import { transformStatistics } from '#statistics/transform'
import { availableBlas } from './blas.ts'
import { byteExamples, byteShape, datasetOf } from './samples.ts'

const [blas, ...others] = await availableBlas()
afterAll(() => Promise.all([blas, ...others].map((provider) => provider.close())))

const image = { kind: 'image', inputShape: [2, 3, 3], elementType: 'uint8' } as const
const bytes = byteExamples(700, 18, 3)
// A constant input, dark and bright ones.
for (let i = 0; i < bytes.count; i++) {
  bytes.inputs[i * 18 + 4] = 9
  bytes.inputs[i * 18 + 5] = 0
  bytes.inputs[i * 18 + 6] >>= 4
}

const vector = { kind: 'vector', inputShape: [7], elementType: 'float64' } as const
const floats = floatColumns(3000)

/** Columns: standard, offset 1e8, tiny, huge, constant 0.1, constant 0, offset −300 and coarse. */
function floatColumns(count: number): Batch {
  const random = randomStream(4, 'columns')
  const inputs = new Float64Array(count * 7)
  for (let i = 0; i < count; i++) {
    const z = Array.from({ length: 5 }, () => random.normal())
    inputs.set(
      [z[0], 1e8 + z[1], 1e-9 * (z[2] + z[0]), 1e12 * z[3], 0.1, 0, Math.round(-300 + 10 * z[4])],
      i * 7,
    )
  }
  return {
    start: 0,
    count,
    inputs,
    targets: Float64Array.from({ length: count * 2 }, () => random.normal() + 3),
  }
}

const floatsShape: Omit<RecordShape, 'origin'> = {
  inputShape: [7],
  elementType: 'float64',
  target: { kind: 'real', names: ['a', 'b'] },
}

async function rawOf(batch: Batch, shape: Omit<RecordShape, 'origin'>): Promise<RawStatistics> {
  const dataset = datasetOf(batch, shape)
  const { fit } = await collectStatistics(dataset.splits.train, dataset, { blas })
  return finishRecord(fit)
}

const rawBytes = await rawOf(bytes, byteShape(18, 3))
const rawFloats = await rawOf(floats, floatsShape)

/** x′ of one example, computed so that a large offset does not cost digits. */
function preprocessed(preprocessing: Preprocessing, x: ArrayLike<number>): number[] {
  const values = Array.from(x)
  if (preprocessing.name === 'none') return values
  if (preprocessing.name === 'zca') {
    const { mean, whitening } = preprocessing
    return Array.from(mean, (_, i) =>
      values.reduce((sum, value, j) => sum + whitening.data[i * mean.length + j] * (value - mean[j]), 0),
    )
  }
  return values.map(
    (value, j) => preprocessing.scale[j] * (value + preprocessing.shift[j] / preprocessing.scale[j]),
  )
}

/** Statistics by definition: one example after the other. */
function direct(batch: Batch, preprocessing: Preprocessing, targetSize: number) {
  const p = batch.inputs.length / batch.count
  const gram = matrix(p, p)
  const cross = matrix(targetSize, p)
  const sum = matrix(1, p)
  for (let i = 0; i < batch.count; i++) {
    const x = preprocessed(preprocessing, batch.inputs.subarray(i * p, (i + 1) * p))
    const y = Array.from({ length: targetSize }, (_, c) =>
      batch.targets instanceof Int32Array
        ? Number(batch.targets[i] === c)
        : batch.targets[i * targetSize + c],
    )
    for (let a = 0; a < p; a++) {
      sum.data[a] += x[a]
      for (let b = 0; b < p; b++) gram.data[a * p + b] += x[a] * x[b]
      for (let c = 0; c < targetSize; c++) cross.data[c * p + a] += y[c] * x[a]
    }
  }
  return { gram, cross, sum }
}

/**
 * Entry by entry, relative to √(S_ii S_jj), so that small columns count as much as large ones. Columns 4 and 5 are
 * constant: centred, they are rounding noise about 0.
 */
function expectSame(statistics: Statistics, reference: ReturnType<typeof direct>): void {
  const { inputSize: p, targetSize: k, count } = statistics
  const size = Array.from(
    { length: p },
    (_, j) => Math.sqrt(reference.gram.data[j * p + j]) + (j === 4 || j === 5 ? 1 : 0),
  )
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) {
      const error = Math.abs(statistics.gram.data[i * p + j] - reference.gram.data[i * p + j])
      expect(error / size[i] / size[j], `S ${i} ${j}`).toBeLessThan(1e-12)
    }
    for (let c = 0; c < k; c++) {
      const error = Math.abs(statistics.cross.data[c * p + i] - reference.cross.data[c * p + i])
      expect(error / size[i] / Math.sqrt(count), `C ${c} ${i}`).toBeLessThan(1e-11)
    }
    const error = Math.abs(statistics.inputSum[i] - reference.sum.data[i])
    expect(error / size[i] / Math.sqrt(count), `Σx ${i}`).toBeLessThan(1e-12)
  }
}

describe('statistics of preprocessed inputs, by algebra', () => {
  it.each(['none', 'unit', 'channel', 'column', 'zca'] as const)('of bytes: %s', async (name) => {
    const preprocessing = await measurePreprocessing(name, rawBytes, image, { blas })
    const statistics = await transformStatistics(rawBytes, preprocessing, blas)
    expectSame(statistics, direct(bytes, preprocessing, 3))
    expect(statistics.exact).toBe(name === 'none')
    expect(statistics.provenance).toBe(rawBytes.provenance)
  })

  it.each(['column', 'zca'] as const)('of floats with large offsets: %s', async (name) => {
    const options = { blas, regularisation: 1e-3 }
    const preprocessing = await measurePreprocessing(name, rawFloats, vector, options)
    expectSame(await transformStatistics(rawFloats, preprocessing, blas), direct(floats, preprocessing, 2))
  })

  it('of floats as they are', async () => {
    expectSame(
      await transformStatistics(rawFloats, { name: 'none' }, blas),
      direct(floats, { name: 'none' }, 2),
    )
  })

  it('of a given affine map', async () => {
    const given: Preprocessing = {
      name: 'channel',
      scale: new Float64Array(18).fill(1 / (255 * 0.3081)),
      shift: new Float64Array(18).fill(-0.1307 / 0.3081),
    }
    expectSame(await transformStatistics(rawBytes, given, blas), direct(bytes, given, 3))
    const forgetful = { ...given, scale: new Float64Array(18) }
    await expect(transformStatistics(rawBytes, forgetful, blas)).rejects.toThrow(RangeError)
  })
})

describe('measured preprocessing', () => {
  it('standardises columns, and turns constant ones into 0', async () => {
    for (const [raw, inputs, batch, constant] of [
      [rawFloats, vector, floats, [4, 5]],
      [rawBytes, image, bytes, [4, 5]],
    ] as const) {
      const preprocessing = await measurePreprocessing('column', raw, inputs, { blas })
      if (preprocessing.name !== 'column') throw new Error('not a column preprocessing')
      const { gram, inputSum } = await transformStatistics(raw, preprocessing, blas)
      const p = raw.inputSize
      for (let j = 0; j < p; j++) {
        const isConstant = constant.some((index) => index === j)
        // A mean of 10⁸ spreads cannot be subtracted more exactly than its own last digit.
        expect(Math.abs(inputSum[j] / raw.count)).toBeLessThan(
          1e-14 + 2e-16 * Math.abs(preprocessing.shift[j]),
        )
        expect(Math.abs(gram.data[j * p + j] / raw.count - (isConstant ? 0 : 1))).toBeLessThan(1e-12)
        if (!isConstant) continue
        expect(preprocessing.scale[j]).toBe(1)
        expect(batch.inputs[j] + preprocessing.shift[j]).toBe(0)
      }
    }
  })

  it('knows every constant column, whatever its value', async () => {
    const random = randomStream(9, 'constants')
    const constants = Array.from({ length: 40 }, () => random.normal() * 10 ** (random.integer(12) - 6))
    for (const count of [3, 100, 2500]) {
      const inputs = Float64Array.from({ length: count * 40 }, (_, t) => constants[t % 40])
      const batch = { start: 0, count, inputs, targets: new Float64Array(count) }
      const raw = await rawOf(batch, {
        inputShape: [40],
        elementType: 'float64',
        target: { kind: 'real', names: ['y'] },
      })
      const preprocessing = await measurePreprocessing('column', raw, vector, { blas })
      if (preprocessing.name !== 'column') throw new Error('not a column preprocessing')
      expect(new Set(preprocessing.scale)).toEqual(new Set([1]))
    }
  })

  it('takes the rounding of sums for no spread', async () => {
    const raw: RawStatistics = {
      ...rawFloats,
      inputSize: 2,
      origin: Float64Array.of(0, 0),
      shiftedSum: Float64Array.of(300, 300),
      shiftedGram: matrix(2, 2, Float64Array.of(30 * (1 + 1e-13), 30, 30, 30 * (1 + 1e-11))),
    }
    const preprocessing = await measurePreprocessing('column', raw, vector, { blas })
    if (preprocessing.name !== 'column') throw new Error('not a column preprocessing')
    expect(preprocessing.scale[0]).toBe(1)
    expect(preprocessing.scale[1]).toBeGreaterThan(1e6)
  })

  it('standardises each channel over all its pixels', async () => {
    const preprocessing = await measurePreprocessing('channel', rawBytes, image, { blas })
    const { gram, inputSum } = await transformStatistics(rawBytes, preprocessing, blas)
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0
      let squares = 0
      for (let pixel = 0; pixel < 6; pixel++) {
        const j = pixel * 3 + channel
        sum += inputSum[j]
        squares += gram.data[j * 18 + j]
      }
      expect(Math.abs(sum / (6 * 700))).toBeLessThan(1e-12)
      expect(squares / (6 * 700)).toBeCloseTo(1, 12)
    }
  })

  it('whitens: eigenvalue s of the covariance becomes s / (s + ε)', async () => {
    const preprocessing = await measurePreprocessing('zca', rawBytes, image, { blas, regularisation: 0.01 })
    if (preprocessing.name !== 'zca') throw new Error('not a ZCA preprocessing')
    const { whitening } = preprocessing
    for (let i = 0; i < 18; i++) {
      for (let j = 0; j < i; j++) expect(whitening.data[i * 18 + j]).toBe(whitening.data[j * 18 + i])
    }
    const column = await measurePreprocessing('column', rawBytes, image, { blas })
    if (column.name !== 'column') throw new Error('not a column preprocessing')
    const centred = await transformStatistics(
      rawBytes,
      {
        name: 'column',
        scale: new Float64Array(18).fill(1),
        shift: column.shift.map((b, j) => b / column.scale[j]),
      },
      blas,
    )
    const covariance = await blas.eigenSymmetric(centred.gram)
    const trace = covariance.values.reduce((sum, value) => sum + value, 0)
    const added = (0.01 * trace) / 18
    const expected = Array.from(covariance.values, (s) => s / (s + added)).sort((a, b) => a - b)
    const after = await transformStatistics(rawBytes, preprocessing, blas)
    const { values } = await blas.eigenSymmetric(after.gram)
    values.forEach((value, i) => expect(Math.abs(value / 700 - expected[i])).toBeLessThan(1e-12))
  })

  it('refuses what makes no sense', async () => {
    const cases: [PreprocessingName, RawStatistics, typeof image | typeof vector][] = [
      ['unit', rawFloats, vector],
      ['channel', rawFloats, vector],
    ]
    for (const [name, raw, inputs] of cases) {
      await expect(measurePreprocessing(name, raw, inputs, { blas })).rejects.toMatchObject({
        code: 'config/preprocessing',
        exitCode: 2,
      })
    }
    await expect(
      measurePreprocessing('zca', rawBytes, image, { blas, regularisation: 0 }),
    ).rejects.toMatchObject({ code: 'config/preprocessing' })
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Preprocessing } from '#core/dataset'
import type { DistilledSet, RidgeSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import { matrix, matrixOf, toFloat32 } from '#core/matrix'
import { encodeMetadata } from '#artefact/set-metadata'
import { decodeSet, encodeSet } from '#artefact/set-tensors'
import { encodeSafetensors } from '#data/formats/safetensors'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { imageSet, normals, regressionSet } from './sets.ts'

let blas: Blas
beforeAll(async () => {
  ;({ blas } = await chooseBlas())
})
afterAll(() => blas.close())

async function roundTrip(set: DistilledSet, storage: 'float32' | 'float64'): Promise<DistilledSet> {
  const stored = await decodeSet('set', encodeSet(set, storage))
  expect(stored.storage).toBe(storage)
  return stored.set
}

function codeOf(error: unknown): string {
  if (error instanceof RetortError) return error.code
  throw error
}

async function failure(bytes: Uint8Array): Promise<RetortError> {
  try {
    await decodeSet('set.safetensors', bytes)
  } catch (error) {
    if (error instanceof RetortError) return error
    throw error
  }
  throw new Error('decoded what it should refuse')
}

const preprocessings: Preprocessing[] = [
  { name: 'none' },
  { name: 'unit', scale: new Float64Array(36).fill(1 / 255), shift: new Float64Array(36) },
  {
    name: 'zca',
    mean: Float64Array.from({ length: 36 }, (_, i) => i / 7),
    whitening: normals(36, 36, 'whitening'),
    regularisation: 0.1,
  },
  { name: 'none', normalised: true },
  {
    name: 'column',
    normalised: true,
    scale: new Float64Array(36).fill(3),
    shift: Float64Array.from({ length: 36 }, (_, i) => i),
  },
]

describe('float64', () => {
  test.each(preprocessings)('keeps every value of a set preprocessed by $name', async (preprocessing) => {
    const set = { ...(await imageSet(blas, { preprocessing })), references: normals(10, 36, 'references') }
    expect(await roundTrip(set, 'float64')).toEqual(set)
  })

  test('keeps a regression set with an intercept and a set for every λ', async () => {
    const set = regressionSet()
    expect(await roundTrip(set, 'float64')).toEqual(set)
    const every: RidgeSet = { ...set, training: { ...set.training, originalRidge: 'all', ridge: 2.5 } }
    expect(await roundTrip(every, 'float64')).toEqual(every)
  })

  test('keeps a feature map with its weights in their own element type', async () => {
    const set = regressionSet()
    const { rows: k, cols: d } = set.training.weight
    const features = {
      id: 'dense',
      inputShape: [d],
      parameters: { widths: [4], slope: 0.1 },
      seed: 3,
      featureSize: 4,
      weights: { 'layer1.weight': normals(4, d, 'layer'), 'layer1.bias': toFloat32(normals(1, 4, 'bias')) },
    }
    const mapped = { ...set, features, training: { ...set.training, weight: normals(k, 4, 'on features') } }
    expect(await roundTrip(mapped, 'float64')).toEqual(mapped)
  })

  test('keeps sets for kernels and for two-layer networks', async () => {
    const { training, ...set } = regressionSet(5, ['t'])
    const labelOffset = Float64Array.of(0.25)
    const kernel = { id: 'rbf', parameters: { variance: 2 } } as const
    const forKernel: DistilledSet = {
      ...set,
      training: { kind: 'kernel', kernel, ridge: 1e-3, labelOffset, loss: 0.1 },
    }
    expect(await roundTrip(forKernel, 'float64')).toEqual(forKernel)
    const d = training.weight.cols
    const forNetwork: DistilledSet = {
      ...set,
      training: {
        kind: 'two-layer',
        activation: 'relu',
        width: 40,
        step: 0.7,
        tied: true,
        ridge: 1e-3,
        initialisation: { seed: 4 },
        secondPoints: { seed: 9, count: 6, spread: 1.3, mode: 'span', pivots: [1, 0] },
        secondLabels: normals(1, 6, 'second').data,
        offset: 0.5,
        slope: normals(1, d, 'slope').data,
        spectrum: Float64Array.of(3, 1),
        basis: normals(2, d, 'basis'),
        classes: { positive: 'yes', negative: 'no' },
      },
    }
    expect(await roundTrip(forNetwork, 'float64')).toEqual(forNetwork)
  })

  test('keeps the sign of zero, the smallest and the largest numbers, and 1 × 1', async () => {
    for (const value of [-0, 5e-324, 1.7976931348623157e308, -1e-300]) {
      const set = { ...regressionSet(1, ['t']), points: matrixOf([[value]]), labels: matrixOf([[1]]) }
      expect((await roundTrip(set, 'float64')).points.data[0]).toBe(value)
    }
  })
})

describe('float32', () => {
  test('rounds points, labels and references once, and nothing else', async () => {
    const set = { ...(await imageSet(blas)), references: normals(10, 36, 'references') }
    const read = await roundTrip(set, 'float32')
    const rounded = (a: { data: Float64Array }) => Float64Array.from(Float32Array.from(a.data))
    expect(read.points.data).toEqual(rounded(set.points))
    expect(read.labels.data).toEqual(rounded(set.labels))
    expect(read.references?.data).toEqual(rounded(set.references))
    expect(read.training).toEqual(set.training)
    expect(read.preprocessing).toEqual(set.preprocessing)
    expect(read.classes).toEqual(set.classes)
  })

  test('writes the same bytes for the same set', async () => {
    const [a, b] = await Promise.all([imageSet(blas), imageSet(blas)])
    expect(encodeSet(a, 'float32')).toEqual(encodeSet(b, 'float32'))
  })
})

describe('refuses', () => {
  test('values that are not finite, and tells overflow from NaN', async () => {
    const set = regressionSet(1, ['t'])
    const encode = (value: number, storage: 'float32' | 'float64') => () =>
      encodeSet({ ...set, points: matrixOf([[1], [value], [0]]) }, storage)
    for (const [value, storage, hint] of [
      [NaN, 'float64', '--ridge'],
      [Infinity, 'float32', '--ridge'],
      [1e39, 'float32', '--storage float64'],
    ] as const) {
      let caught: unknown
      try {
        encode(value, storage)()
      } catch (error) {
        caught = error
      }
      expect(codeOf(caught)).toBe('check/not-finite')
      expect(caught instanceof RetortError && caught.hint).toContain(hint)
    }
    expect(encode(1e39, 'float64')).not.toThrow()
  })

  test('a missing tensor, a wrong shape, a wrong type, an unknown tensor, a class out of range', async () => {
    const set = regressionSet(2, ['t'])
    const { points, labels, training } = set
    const metadata = encodeMetadata(set, 'float64')
    const f64 = (a: { rows: number; cols: number; data: Float64Array }) =>
      ({ dtype: 'F64', shape: [a.rows, a.cols], data: a.data }) as const
    const whole = {
      points: f64(points),
      labels: f64(labels),
      'model.weight': f64(training.weight),
      'model.bias': { dtype: 'F64', shape: [1], data: training.bias } as const,
      'preprocessing.scale': { dtype: 'F64', shape: [2], data: new Float64Array(2) } as const,
      'preprocessing.shift': { dtype: 'F64', shape: [2], data: new Float64Array(2) } as const,
    }
    await expect(decodeSet('set', encodeSafetensors(whole, metadata))).resolves.toBeDefined()
    const pointless = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== 'points'))
    const variants: [Parameters<typeof encodeSafetensors>[0], string][] = [
      [pointless, "lacks the tensor 'points'"],
      [{ ...whole, labels: f64(matrix(3, 1)) }, "'labels' is F64 [3, 1], not F64 [4, 1]"],
      [
        { ...whole, labels: { dtype: 'F32', shape: [4, 1], data: new Float32Array(4) } },
        "'labels' is F32 [4, 1], not F64 [4, 1]",
      ],
      [{ ...whole, more: f64(matrix(1, 1)) }, 'unknown tensors: more'],
      [
        { ...whole, classes: { dtype: 'I32', shape: [4], data: Int32Array.of(0, 0, 1, 0) } },
        'class 1 of point 2 is not in 0..0',
      ],
      [
        { ...whole, points: f64(matrix(4, 2, new Float64Array(8).fill(NaN))) },
        "element 0 of 'points' is NaN",
      ],
    ]
    for (const [tensors, message] of variants) {
      const error = await failure(encodeSafetensors(tensors, metadata))
      expect(error.code).toBe('artefact/corrupt')
      expect(error.exitCode).toBe(3)
      expect(error.message).toContain(message)
    }
  })

  test('metadata that is not ours, of another version, or not as it must be', async () => {
    const set = regressionSet(2, ['t'])
    const metadata = encodeMetadata(set, 'float64')
    const with_ = (change: Record<string, string>) => encodeSafetensors({}, { ...metadata, ...change })
    expect((await failure(with_({ format: '"other"' }))).code).toBe('artefact/corrupt')
    expect((await failure(with_({ schemaVersion: '2' }))).code).toBe('artefact/schema')
    expect((await failure(with_({ seed: '1.5' }))).message).toContain('seed')
    expect((await failure(with_({ training: '{' }))).message).toContain("'training' is not JSON")
    expect((await failure(encodeSet(set, 'float32').slice(0, 300))).code).toBe('data/truncated')
  })
})

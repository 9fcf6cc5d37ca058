import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '#core/dataset'
import type { RidgeSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { frobeniusNorm, matrix, transpose } from '#core/matrix'
import { randomStream } from '#core/random'
import type { StoredArtefact } from '#artefact/read'
import { runRecord } from '#artefact/run-record'
import { decodeSet, encodeSet } from '#artefact/set-tensors'
import { agrees, trainingRounding } from '#certify/bounds'
import { certify } from '#certify/certify'
import { guaranteePredictions } from '#certify/guarantee'
import { modelError } from '#certify/model-difference'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { predict } from '#models/prediction'
import type { RidgeModel } from '#models/ridge-model'
import { affine, description, imageSet, normals, regressionSet, repeated } from '../artefact/sets.ts'

let blas: Blas
beforeAll(async () => {
  ;({ blas } = await chooseBlas())
})
afterAll(() => blas.close())

async function stored(set: RidgeSet, storage: 'float32' | 'float64'): Promise<StoredArtefact> {
  return {
    ...(await decodeSet('set', encodeSet(set, storage))),
    directory: '',
    run: runRecord(description(), set, storage),
  }
}

function batchesOf(inputs: Matrix, size = 7): Batch[] {
  const batches: Batch[] = []
  for (let start = 0; start < inputs.rows; start += size) {
    const count = Math.min(size, inputs.rows - start)
    const values = inputs.data.slice(start * inputs.cols, (start + count) * inputs.cols)
    batches.push({ start, count, inputs: values, targets: new Int32Array(count) })
  }
  return batches
}

const failing = (preconditions: readonly { id: string; holds: unknown }[]) =>
  preconditions.filter(({ holds }) => holds !== true).map(({ id }) => id)

describe('a set that gives W', () => {
  test.each([
    ['float64', 1e-13, 1e-10],
    ['float32', 1e-6, 1e-5],
  ] as const)('holds as %s', async (storage, expected, tolerance) => {
    for (const set of [await imageSet(blas), regressionSet(), regressionSet(1, ['t'])]) {
      const { claim } = await certify(await stored(set, storage), { blas })
      expect(claim.relativeError).toBeLessThan(expected)
      if (storage === 'float32') expect(claim.relativeError).toBeGreaterThan(1e-10)
      expect(claim).toMatchObject({ tolerance, holds: true, storage, examples: 60000 })
      expect(failing(claim.preconditions)).toEqual([])
      expect(claim.provenance).toBe(set.provenance)
    }
  })

  test('its error is that of the written file, bias included', async () => {
    const set = regressionSet()
    const bias = set.training.bias.map((value) => value + 1e-3)
    const moved = { ...set, training: { ...set.training, bias } }
    const { claim } = await certify(await stored(moved, 'float64'), { blas })
    const scale = Math.hypot(frobeniusNorm(set.training.weight), ...bias)
    expect(claim.relativeError).toBeCloseTo(Math.hypot(1e-3, 1e-3) / scale, 12)
    expect(claim.holds).toBe(false)
  })

  test('its condition numbers are those of the points and of W', async () => {
    const set = await imageSet(blas)
    const { claim } = await certify(await stored(set, 'float64'), { blas })
    const { values } = await blas.svd(set.training.weight)
    const condition = values[0] / values[9]
    expect(claim.conditionNumbers.weight / condition).toBeCloseTo(1, 10)
    expect(claim.conditionNumbers.points / condition).toBeCloseTo(1, 10)
  })

  test('the claim says what was fitted, in words', async () => {
    const { claim } = await certify(await stored(await imageSet(blas), 'float32'), { blas })
    expect(claim.claim).toBe(
      'Ridge regression with λ_S = 0 on these 10 points gives the model W that it gives with λ = 31.6 on all 60 000 training examples.',
    )
    expect(claim.theorem.id).toBe('row-space-noise')
    const affineClaim = (await certify(await stored(regressionSet(), 'float32'), { blas })).claim
    expect(affineClaim.claim).toContain('with an unpenalised intercept and λ_S = 0 on these 7 points')
    expect(affineClaim.theorem.id).toBe('free-labels')
  })

  test('λ_S > 0 with free labels: Y_S = W X_{S,λ}', async () => {
    const weight = normals(3, 9, 'w')
    const points = await blas.gemm(normals(5, 3, 'mix'), weight)
    const ridge = 2.5
    const { u, values, vt } = await blas.svd(points)
    const scaled = matrix(3, 9)
    for (let r = 0; r < 3; r++) {
      for (let j = 0; j < 9; j++)
        scaled.data[r * 9 + j] = (values[r] + ridge / values[r]) * vt.data[r * 9 + j]
    }
    const u3 = matrix(5, 3)
    for (let i = 0; i < 5; i++) for (let r = 0; r < 3; r++) u3.data[i * 3 + r] = u.data[i * u.cols + r]
    const labels = await blas.gemm(await blas.gemm(u3, scaled), weight, { transposeB: true })
    const base = regressionSet(9, ['a', 'b', 'c'])
    const training = { ...base.training, weight, bias: new Float64Array(3), intercept: false, ridge }
    const { claim } = await certify(await stored({ ...base, points, labels, training }, 'float64'), { blas })
    expect(claim.relativeError).toBeLessThan(1e-13)
    expect(failing(claim.preconditions)).toEqual([])
    expect(claim.preconditions.map(({ id }) => id)).toContain('ridge-bound')
  })
})

describe('a set that does not give W', () => {
  test('is told by its error', async () => {
    const set = await imageSet(blas)
    set.points.data[17] += 1e-3
    const { claim } = await certify(await stored(set, 'float32'), { blas })
    expect(claim.relativeError).toBeGreaterThan(claim.tolerance)
    expect(claim.holds).toBe(false)
  })

  test('labels that cannot reach W, and a λ_S above the bound, are named', async () => {
    const set = await imageSet(blas)
    const blind = {
      ...set,
      labels: matrix(
        10,
        10,
        set.labels.data.map((value, t) => (t % 10 < 2 ? 0 : value)),
      ),
    }
    expect(failing((await certify(await stored(blind, 'float64'), { blas })).claim.preconditions)).toEqual([
      'labels-reach-model',
    ])
    const { values } = await blas.svd(set.training.weight)
    const bound = 1 / (4 * values[0] ** 2)
    for (const [ridge, expected] of [
      [bound * 0.999, []],
      [bound * 1.001, ['ridge-bound']],
    ] as const) {
      const training = { ...set.training, ridge }
      const { claim } = await certify(await stored({ ...set, training }, 'float64'), { blas })
      expect(failing(claim.preconditions)).toEqual(expected)
    }
  })

  test('means that do not fit the intercept are named', async () => {
    const set = regressionSet()
    const labels = matrix(
      7,
      2,
      set.labels.data.map((value) => value + 1),
    )
    const { claim } = await certify(await stored({ ...set, labels }, 'float64'), { blas })
    expect(failing(claim.preconditions)).toEqual(['label-mean'])
  })

  test('too few points claim the Eckart–Young figure, no less and no more', async () => {
    const weight = normals(4, 9, 'few')
    const { u, values, vt } = await blas.svd(weight)
    const tail = Math.hypot(values[2], values[3]) / Math.hypot(...values)
    // Best rank-2 model: Y_S = U₂ᵀ, X_S = Σ₂⁻¹ V₂ᵀ.
    const points = matrix(2, 9)
    const labels = matrix(2, 4)
    for (let r = 0; r < 2; r++) {
      for (let j = 0; j < 9; j++) points.data[r * 9 + j] = vt.data[r * 9 + j] / values[r]
      for (let c = 0; c < 4; c++) labels.data[r * 4 + c] = u.data[c * u.cols + r]
    }
    const base = regressionSet(9, ['a', 'b', 'c', 'd'])
    const training = { ...base.training, weight, bias: new Float64Array(4), intercept: false }
    const { claim } = await certify(await stored({ ...base, points, labels, training }, 'float64'), { blas })
    expect(claim.relativeError).toBeCloseTo(tail, 12)
    expect(claim.tolerance).toBeCloseTo(tail + 1e-10, 13)
    expect(claim).toMatchObject({ holds: true, theorem: { id: 'eckart-young' } })
    expect(claim.claim).toContain('approximates')
    points.data[3] *= 1.1
    const worse = await certify(await stored({ ...base, points, labels, training }, 'float64'), { blas })
    expect(worse.claim.holds).toBe(false)
  })
})

describe('a set for every λ', () => {
  async function everySet(): Promise<{ set: RidgeSet; modelAt: (ridge: number) => Promise<RidgeModel> }> {
    const x = normals(60, 6, 'data')
    const y = affine(x, normals(2, 6, 'truth'), new Float64Array(2))
    for (let i = 0; i < y.data.length; i++) y.data[i] += Math.sin(i)
    const gram = await blas.syrk(x, { transpose: true })
    const cross = await blas.gemm(y, x, { transposeA: true })
    const modelAt = async (ridge: number): Promise<RidgeModel> => {
      const a = matrix(6, 6, gram.data.slice())
      for (let j = 0; j < 6; j++) a.data[j * 7] += ridge
      const weight = transpose(await blas.solvePositive(a, transpose(cross)))
      return { weight, bias: new Float64Array(2), ridge, intercept: false }
    }
    const factor = await blas.cholesky(gram)
    const points = transpose(factor)
    const labels = await blas.solveTriangular(factor, transpose(cross))
    const base = regressionSet(6, ['a', 'b'])
    const { weight, bias } = await modelAt(3)
    const training = {
      ...base.training,
      weight,
      bias,
      ridge: 3,
      intercept: false,
      originalRidge: 'all' as const,
    }
    const options = { variant: 'd-set', labelEncoding: 'soft' }
    return { set: { ...base, points, labels, training, options }, modelAt }
  }

  test('is measured at several', async () => {
    const { set, modelAt } = await everySet()
    const others = await Promise.all([0, 1e-3, 100].map(modelAt))
    const { claim } = await certify(await stored(set, 'float64'), { blas, others })
    expect(claim.otherRidges?.map(({ ridge }) => ridge)).toEqual([0, 1e-3, 100])
    expect(claim.holds).toBe(true)
    expect(claim.theorem.id).toBe('every-ridge')
    expect(claim.claim).toContain('gives, for every λ, the model')
    expect(claim.preconditions.map(({ id }) => id)).not.toContain('ridge-bound')
    for (const { relativeError } of claim.otherRidges ?? []) expect(relativeError).toBeLessThan(1e-12)
  })

  test('fails where it fails at one of them', async () => {
    const { set, modelAt } = await everySet()
    const wrong = { ...(await modelAt(5)), ridge: 6 }
    const { claim } = await certify(await stored(set, 'float64'), { blas, others: [wrong] })
    expect(claim.relativeError).toBeLessThan(1e-12)
    expect(claim.holds).toBe(false)
  })
})

describe('the guarantee', () => {
  const target = { kind: 'class', names: ['a', 'b', 'c', 'd'] } as const
  const preprocessing = { name: 'none' } as const

  test('no certified prediction ever differs, however the model is moved within its difference', async () => {
    const original = {
      weight: normals(4, 12, 'f'),
      bias: Float64Array.of(0.1, 0, -0.2, 0.3),
      ridge: 0,
      intercept: true,
    }
    const inputs = normals(500, 12, 'inputs')
    const random = randomStream(1, 'moves')
    let certifiedBefore = 501
    for (const size of [0, 1e-8, 1e-3, 0.03, 0.3, 3]) {
      const moved = (values: Float64Array) => values.map((value) => value + size * random.normal())
      const weight = matrix(4, 12, moved(original.weight.data))
      const distilled = { ...original, weight, bias: moved(original.bias) }
      const models = { original, distilled, target, preprocessing }
      const whole = await guaranteePredictions({ split: 'test', batches: batchesOf(inputs) }, models, blas)
      if (whole.kind !== 'class') throw new Error('classes give a guarantee on classes')
      expect(whole.inputs).toBe(500)
      expect(whole.certified).toBeLessThanOrEqual(certifiedBefore)
      certifiedBefore = whole.certified
      const [f, g] = await Promise.all([predict(original, inputs, blas), predict(distilled, inputs, blas)])
      let same = 0
      for (let i = 0; i < 500; i++) {
        const row = matrix(1, 12, inputs.data.slice(i * 12, (i + 1) * 12))
        const one = await guaranteePredictions({ split: 'test', batches: batchesOf(row) }, models, blas)
        const best = (a: Matrix) =>
          Array.from(a.data.subarray(i * 4, i * 4 + 4)).reduce((b, v, j, all) => (v > all[b] ? j : b), 0)
        if (best(f) === best(g)) same++
        else expect(one).toMatchObject({ certified: 0 })
      }
      expect(whole.certified).toBeLessThanOrEqual(same)
    }
    expect(certifiedBefore).toBeLessThan(10)
  })

  test('certifies all where the models agree, none at a tie', async () => {
    const weight = normals(4, 3, 'same')
    const model = { weight, bias: new Float64Array(4), ridge: 0, intercept: false }
    const models = { original: model, distilled: model, target, preprocessing }
    const inputs = normals(50, 3, 'x')
    inputs.data.fill(0, 0, 3)
    const guarantee = await guaranteePredictions({ split: 'test', batches: batchesOf(inputs) }, models, blas)
    expect(guarantee).toMatchObject({
      inputs: 50,
      certified: 49,
      largestDifference: 0,
      largestBiasDifference: 0,
    })
  })

  test('the bound is attained: an input along the difference of two rows', async () => {
    const weight = matrix(2, 2, Float64Array.of(1, 0, 0, 1))
    const original = { weight, bias: new Float64Array(2), ridge: 0, intercept: false }
    // The rows move by (−ε, 0) and (0, 0): a prediction at x = (t, s) changes where t − s < ε t.
    const epsilon = 0.1
    const distilled = { ...original, weight: matrix(2, 2, Float64Array.of(1 - epsilon, 0, 0, 1)) }
    const models = {
      original,
      distilled,
      target: { kind: 'class', names: ['a', 'b'] } as const,
      preprocessing,
    }
    const certifiedAt = async (s: number) => {
      const inputs = matrix(1, 2, Float64Array.of(1, s))
      const guarantee = await guaranteePredictions(
        { split: 'test', batches: batchesOf(inputs) },
        models,
        blas,
      )
      return guarantee.kind === 'class' ? guarantee.certified : NaN
    }
    // 1 − s = ε √(1 + s²)
    const edge = (1 - Math.sqrt(1 - (1 - epsilon ** 2) ** 2)) / (1 - epsilon ** 2)
    expect([await certifiedAt(edge - 1e-3), await certifiedAt(edge + 1e-3)]).toEqual([1, 0])
  })

  test('a difference of intercepts alone counts too', async () => {
    const weight = matrix(2, 2, Float64Array.of(1, 0, 0, 1))
    const original = { weight, bias: Float64Array.of(0, 0), ridge: 0, intercept: true }
    const distilled = { ...original, bias: Float64Array.of(-0.1, 0.02) }
    const models = {
      original,
      distilled,
      target: { kind: 'class', names: ['a', 'b'] } as const,
      preprocessing,
    }
    const inputs = matrix(2, 2, Float64Array.of(1, 0.9, 1, 0.87))
    const guarantee = await guaranteePredictions({ split: 'test', batches: batchesOf(inputs) }, models, blas)
    expect(guarantee).toMatchObject({ certified: 1, largestDifference: 0 })
    expect(guarantee.largestBiasDifference).toBeCloseTo(0.12, 15)
  })

  test('real targets: bounds the change of every prediction, closely', async () => {
    const original = { weight: normals(2, 5, 'r'), bias: Float64Array.of(1, 2), ridge: 0, intercept: true }
    const distilled = {
      ...original,
      weight: matrix(
        2,
        5,
        original.weight.data.map((value, t) => value + 1e-4 * Math.cos(t)),
      ),
      bias: Float64Array.of(1.00001, 2),
    }
    const inputs = normals(300, 5, 'real inputs')
    const models = {
      original,
      distilled,
      target: { kind: 'real', names: ['a', 'b'] } as const,
      preprocessing,
    }
    const guarantee = await guaranteePredictions({ split: 'test', batches: batchesOf(inputs) }, models, blas)
    if (guarantee.kind !== 'real') throw new Error('real targets give a bound on the change')
    const [f, g] = await Promise.all([predict(original, inputs, blas), predict(distilled, inputs, blas)])
    const most = Math.max(...f.data.map((value, t) => Math.abs(value - g.data[t])))
    expect(guarantee.largestChange).toBeGreaterThanOrEqual(most)
    expect(guarantee.largestChange).toBeLessThan(4 * most)
  })

  test('goes through the preprocessing of the set', async () => {
    const set = await imageSet(blas)
    const raw = normals(40, 36, 'raw')
    const artefact = await stored(repeated(set, 2), 'float32')
    const { claim, distilled } = await certify(artefact, {
      blas,
      test: { split: 'hold-out', batches: batchesOf(raw), total: 40 },
    })
    expect(claim.guarantee).toMatchObject({ split: 'hold-out', inputs: 40, certified: 40 })
    expect(modelError(distilled, set.training)).toBe(claim.relativeError)
  })
})

test('a stated number agrees up to rounding of the training, not more', async () => {
  const rounding = trainingRounding(await imageSet(blas), 100)
  expect(agrees(3e-16, 8e-16, rounding)).toBe(true)
  expect(agrees(3e-8, 3.00000001e-8, rounding)).toBe(true)
  expect(agrees(3e-8, 3.1e-8, rounding)).toBe(false)
  expect(agrees(1e-12, 3e-8, rounding)).toBe(false)
})

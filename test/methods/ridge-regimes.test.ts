import { afterAll, describe, expect, test } from 'vitest'
import { matrix, relativeError, type Matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import { chooseBlas } from '#linalg/provider'
import { distillRidge } from '#methods/ridge'
import { adviseRidge } from '#methods/ridge/advice'
import { minimumPoints } from '#methods/ridge/minimum-points'
import { promisedModel } from '#methods/ridge/promised-model'
import { ridgeOptions } from '#methods/ridge-options'
import { jacobiSvd } from './jacobi.ts'
import { plainRidge, retrained } from './plain-ridge.ts'
import { ridgeTaskOf } from './ridge-tasks.ts'

const { blas } = await chooseBlas()
afterAll(() => blas.close())

describe('m below rank(W)', () => {
  test('built on request, the error is the Eckart–Young tail, and no training set does better', async () => {
    const task = ridgeTaskOf(blas)
    const { values } = jacobiSvd(task.model.weight)
    const random = randomStream(1, 'trials')
    for (const points of [1, 2, 3]) {
      const tail = Math.hypot(...values.slice(points)) / Math.hypot(...values)
      for (const variant of ['noise', 'realistic'] as const) {
        const set = await distillRidge(task, { points, variant, allowFewer: true })
        expect(set.options.labelEncoding).toBe('soft')
        expect(retrained(set).error).toBeCloseTo(tail, 12)
      }
      for (let trial = 0; trial < 50; trial++) {
        const inputs = matrix(points, 12, random.fillNormal(new Float64Array(points * 12)))
        const labels = matrix(points, 4, random.fillNormal(new Float64Array(points * 4)))
        const { weight } = plainRidge(inputs, labels, 0, false)
        expect(relativeError(weight, task.model.weight)).toBeGreaterThan(tail)
      }
      const advice = await adviseRidge(task, ridgeOptions.parse({ points }))
      expect(advice.errorByPoints[points]).toBeCloseTo(tail, 12)
    }
  })

  test('with an intercept one point goes to the mean, whose prediction stays exact', async () => {
    const task = ridgeTaskOf(blas, { intercept: true, kind: 'real' })
    for (const points of [1, 2, 4]) {
      const set = await distillRidge(task, { points, allowFewer: true })
      const { weight, bias } = retrained(set)
      const mean = task.statistics.inputSum.map((sum) => sum / 40)
      expectSame(
        predict(weight, bias, mean),
        task.statistics.targetSum.map((sum) => sum / 40),
      )
      const { values } = jacobiSvd(task.model.weight)
      const tail = Math.hypot(...values.slice(points - 1)) / Math.hypot(...values)
      expect(relativeError(weight, task.model.weight)).toBeCloseTo(tail, 12)
    }
  })
})

describe('the fewest points', () => {
  test('are rank(W) with soft labels, and rank(W) + 1 with an intercept', async () => {
    for (const targetRank of [1, 2, 4]) {
      for (const intercept of [false, true]) {
        const task = ridgeTaskOf(blas, { kind: 'real', targetRank, intercept })
        const fewest = targetRank + (intercept ? 1 : 0)
        const { target } = task
        expect((await minimumPoints(blas, task.model, { labelEncoding: 'soft', target })).points).toBe(fewest)
        const set = await distillRidge(task)
        expect(set.points.rows).toBe(fewest)
        expect(retrained(set).error).toBeLessThan(1e-12)
        if (fewest === 1) continue
        await expect(distillRidge(task, { points: fewest - 1 })).rejects.toMatchObject({
          code: 'usage/too-few-points',
          values: { needed: fewest },
        })
      }
    }
  })

  test('are k − 1 with centred labels, and k with an intercept', async () => {
    const task = ridgeTaskOf(blas)
    const set = await distillRidge(task, { points: 3, labelEncoding: 'centred' })
    expect(retrained(set).error).toBeLessThan(1e-13)
    expect(set.labels.data[0]).toBeCloseTo(0.75, 15)
    const affine = ridgeTaskOf(blas, { intercept: true })
    expect(retrained(await distillRidge(affine, { labelEncoding: 'centred' })).error).toBeLessThan(1e-13)
    await expect(distillRidge(affine, { points: 3, labelEncoding: 'centred' })).rejects.toMatchObject({
      code: 'usage/too-few-points',
      values: { needed: 4 },
    })
  })

  test('a set promises the model that a check against the data expects', async () => {
    for (const intercept of [false, true]) {
      const task = ridgeTaskOf(blas, { intercept })
      for (const labelEncoding of ['one-hot', 'centred', 'soft'] as const) {
        const { training } = await distillRidge(task, { points: 8, labelEncoding })
        const { weight, bias } = promisedModel(task, labelEncoding === 'centred')
        expect(training.weight.data).toEqual(weight.data)
        expect(training.bias).toEqual(bias)
      }
    }
  })

  test('rounding of the fit does not count towards the rank', async () => {
    const task = ridgeTaskOf(blas, { intercept: true })
    const weight = { ...task.model.weight, data: task.model.weight.data.map((value) => value + 1e-10) }
    const mean = task.statistics.inputSum.reduce((sum, value) => sum + value / 40, 0)
    const bias = task.model.bias.map((value) => value - 1e-10 * mean)
    const rough = { ...task, model: { ...task.model, weight, bias } }
    const set = await distillRidge(rough)
    expect(set.points.rows).toBe(4)
    expect(set.options.labelEncoding).toBe('one-hot')
    const { error } = retrained(set)
    expect(error).toBeLessThan(1e-13)
    expect(relativeError(set.training.weight, weight)).toBeLessThan(1e-8)
  })
})

describe('all examples, their labels and λ_S = λ', () => {
  const settings = { examples: 30, inputs: 12, ridge: 60 }

  test('give the data back, the root chosen for every singular value', async () => {
    const task = ridgeTaskOf(blas, settings)
    const { values } = jacobiSvd(task.inputs)
    expect(values[0]).toBeGreaterThan(Math.sqrt(60))
    expect(values[11]).toBeLessThan(Math.sqrt(60))
    const all = {
      ...task,
      references: async () => ({ points: task.inputs, classes: task.classes }),
    }
    const options = {
      points: 30,
      variant: 'paper-realistic',
      labelEncoding: 'one-hot',
      ridgeDistilled: 60,
    } as const
    const set = await distillRidge(all, options)
    expect(relativeError(set.points, task.inputs)).toBeLessThan(1e-11)
    expect(set.labels.data).toEqual(task.labels.data)
    const plus = await distillRidge(all, { ...options, roots: 'plus' })
    expect(relativeError(plus.points, task.inputs)).toBeGreaterThan(0.1)
    expect(retrained(plus).error).toBeLessThan(1e-12)
  })

  test('with an intercept too', async () => {
    const task = ridgeTaskOf(blas, { ...settings, intercept: true })
    const all = { ...task, references: async () => ({ points: task.inputs, classes: task.classes }) }
    const set = await distillRidge(all, {
      points: 30,
      variant: 'paper-realistic',
      labelEncoding: 'one-hot',
      ridgeDistilled: 60,
    })
    expect(retrained(set).error).toBeLessThan(1e-12)
    expect(relativeError(set.points, task.inputs)).toBeLessThan(1e-10)
  })
})

describe('the bound on λ_S', () => {
  test('is ipc / (4 ‖W‖²) for balanced one-hot labels, and 1/(4 ‖Y_S⁺W‖²) in general', async () => {
    const task = ridgeTaskOf(blas)
    const norm = jacobiSvd(task.model.weight).values[0]
    for (const ipc of [1, 2, 5]) {
      const advice = await adviseRidge(task, ridgeOptions.parse({ ipc }))
      expect(advice.largestRidge! / (ipc / (4 * norm ** 2))).toBeCloseTo(1, 12)
    }
    expect((await adviseRidge(task, ridgeOptions.parse({ labelEncoding: 'soft' }))).largestRidge).toBeNull()
  })

  test('λ_S above it is refused with the largest value and the flags that reach it', async () => {
    const task = ridgeTaskOf(blas)
    const largest = (await adviseRidge(task, ridgeOptions.parse({}))).largestRidge!
    await expect(distillRidge(task, { ridgeDistilled: 1.01 * largest })).rejects.toMatchObject({
      code: 'usage/ridge-bound',
      values: { largest },
      hint: expect.stringMatching(/--on-bound scale, --on-bound soft, --ipc 2, or --ridge-distilled/),
    })
    for (const points of [5, 8]) {
      expect(
        retrained(await distillRidge(task, { points: 2 * points, ridgeDistilled: 1.01 * largest })).error,
      ).toBeLessThan(1e-12)
    }
  })

  test('no Z goes beyond it', async () => {
    const task = ridgeTaskOf(blas)
    const { labels } = await distillRidge(task, { points: 8 })
    const floor = jacobiSvd(inverseOf(labels, task.model.weight)).values[0]
    for (let seed = 0; seed < 20; seed++) {
      const set = await distillRidge({ ...task, seed }, { points: 8, variant: 'paper-noise', noiseSize: 3 })
      const { values } = jacobiSvd(set.points)
      // At λ_S = 0 the singular values of D are the inverses of those of the points.
      expect(1 / values.filter((value) => value > 1e-9).at(-1)!).toBeGreaterThanOrEqual(floor * (1 - 1e-12))
    }
  })

  test('a set made for one λ_S is wrong at another', async () => {
    const set = await distillRidge(ridgeTaskOf(blas), { points: 8 })
    const at = (value: number) => retrained({ ...set, training: { ...set.training, ridge: value } }).error
    expect(at(0)).toBeLessThan(1e-13)
    expect(at(0.1)).toBeGreaterThan(100 * at(1e-6))
    expect(at(1)).toBeGreaterThan(at(0.1))
  })
})

test('the union of two k-sets is no distilled set of the union', async () => {
  const [a, b] = [ridgeTaskOf(blas, { seed: 1 }), ridgeTaskOf(blas, { seed: 2 })]
  const sets = [await distillRidge(a), await distillRidge(b)]
  const union = plainRidge(
    stacked(sets[0].points, sets[1].points),
    stacked(sets[0].labels, sets[1].labels),
    0,
    false,
  )
  const whole = plainRidge(stacked(a.inputs, b.inputs), stacked(a.labels, b.labels), 0.7, false)
  expect(relativeError(union.weight, whole.weight)).toBeGreaterThan(0.1)
})

function stacked(a: Matrix, b: Matrix): Matrix {
  return matrix(a.rows + b.rows, a.cols, Float64Array.from([...a.data, ...b.data]))
}

/** Y_S⁺ W with labels in rows: the least D with Yᵀ D = W. */
function inverseOf(labels: Matrix, weight: Matrix): Matrix {
  const transposed = matrix(labels.cols, labels.rows)
  for (let i = 0; i < labels.rows; i++) {
    for (let j = 0; j < labels.cols; j++)
      transposed.data[j * labels.rows + i] = labels.data[i * labels.cols + j]
  }
  const { weight: solution } = plainRidge(transposed, weight, 0, false)
  const result = matrix(labels.rows, weight.cols)
  for (let i = 0; i < labels.rows; i++) {
    for (let j = 0; j < weight.cols; j++)
      result.data[i * weight.cols + j] = solution.data[j * labels.rows + i]
  }
  return result
}

function predict(weight: Matrix, bias: Float64Array, x: Float64Array): Float64Array {
  return bias.map((value, i) => {
    let sum = value
    for (let j = 0; j < weight.cols; j++) sum += weight.data[i * weight.cols + j] * x[j]
    return sum
  })
}

function expectSame(a: Float64Array, b: Float64Array): void {
  expect(a.length).toBe(b.length)
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i], 11))
}

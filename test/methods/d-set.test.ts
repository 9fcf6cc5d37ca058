import { afterAll, describe, expect, test } from 'vitest'
import { matrix, relativeError, type Matrix } from '#core/matrix'
import { chooseBlas } from '#linalg/provider'
import { everyRidgePoints } from '#methods/closed-form/every-ridge'
import { distillRidge } from '#methods/ridge'
import { mergeDSets } from '#methods/ridge/d-set'
import { plainRidge, product, retrained, withBias } from './plain-ridge.ts'
import { ridgeTaskOf, taskFromData, type TaskSettings } from './ridge-tasks.ts'

const { blas } = await chooseBlas()
afterAll(() => blas.close())

const ridges = [1e-3, 1, 100]

describe('a d-set gives the model of the data at every λ', () => {
  test.each<[string, TaskSettings, number]>([
    ['full rank', {}, 12],
    ['full rank, intercept', { intercept: true }, 13],
    ['numbers', { kind: 'real', targets: 2 }, 12],
    ['low rank', { rank: 5 }, 5],
    ['low rank, intercept', { rank: 5, intercept: true }, 6],
    ['fewer examples than inputs', { examples: 8 }, 8],
    ['fewer examples, intercept', { examples: 8, intercept: true }, 8],
    ['1 × 1', { targets: 1, inputs: 1, kind: 'real', intercept: true }, 2],
  ])('%s', async (_name, settings, points) => {
    const task = ridgeTaskOf(blas, { ...settings, ridge: 1 })
    const set = await distillRidge(task, { variant: 'd-set' })
    expect(set.points.rows).toBe(points)
    expect(set.training).toMatchObject({ originalRidge: 'all', ridge: 1 })
    expect(retrained(set).error).toBeLessThan(1e-12)
    for (const ridge of ridges) {
      const distilled = plainRidge(set.points, set.labels, ridge, task.model.intercept)
      const original = plainRidge(task.inputs, task.labels, ridge, task.model.intercept)
      expect(relativeError(withBias(distilled), withBias(original))).toBeLessThan(1e-10)
    }
  })

  test('columns in very different units keep their rank', async () => {
    const { inputs, labels } = ridgeTaskOf(blas, { inputs: 5 })
    const units = [1e-6, 1, 1e3, 1e5, 1]
    for (let at = 0; at < inputs.data.length; at++) inputs.data[at] *= units[at % 5]
    for (let i = 0; i < inputs.rows; i++) inputs.data[i * 5 + 4] = inputs.data[i * 5 + 3]
    const task = taskFromData(blas, inputs, labels, { ridge: 1, intercept: false, kind: 'class', seed: 0 })
    expect((await distillRidge(task, { variant: 'd-set' })).points.rows).toBe(4)
  })

  test('sums come back: X_Sᵀ X_S = S and Y_Sᵀ X_S = C', async () => {
    for (const rank of [12, 5]) {
      const { statistics, model } = ridgeTaskOf(blas, { rank })
      const { points, labels } = await everyRidgePoints(blas, statistics.gram, model.weight, model.ridge)
      expect(relativeError(product(transposed(points), points), statistics.gram)).toBeLessThan(1e-13)
      expect(relativeError(product(transposed(labels), points), statistics.cross)).toBeLessThan(1e-12)
    }
  })

  test('one direction far longer than the others costs the others no digits', async () => {
    // Whole numbers, so that the sums are exact; the last column repeats the first, so that they are singular.
    const inputs = matrix(30, 5)
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 4; j++) inputs.data[i * 5 + j] = 2000 + ((7 * i * i + 3 * i * j + j) % 11)
      inputs.data[i * 5 + 4] = inputs.data[i * 5]
    }
    const gram = product(transposed(inputs), inputs)
    const { points } = await everyRidgePoints(blas, gram, matrix(1, 5), 1)
    expect(points.rows).toBe(4)
    for (let j = 1; j < 4; j++) {
      const along = (a: Matrix) => {
        let sum = 0
        for (let i = 0; i < a.rows; i++) sum += (a.data[i * 5] - a.data[i * 5 + j]) ** 2
        return sum
      }
      expect(Math.abs(along(points) / along(inputs) - 1)).toBeLessThan(6e-11)
    }
  })

  test('a pivot lost in rounding is no direction', async () => {
    const gram = matrix(2, 2, Float64Array.of(1, 1, 1, 1 + 2 ** -51))
    const weight = matrix(1, 2, Float64Array.of(0.5 + 1e-9, 0.5 - 1e-9))
    const { points, weight: held } = await everyRidgePoints(blas, gram, weight, 1)
    expect(points.rows).toBe(1)
    // What W holds outside the data is rounding of its fit, and no point of the set can hold it.
    expect(held.data[0]).toBeCloseTo(0.5, 14)
  })

  test('statistics of another model are refused', async () => {
    const task = ridgeTaskOf(blas)
    const model = { ...task.model, ridge: 5 }
    await expect(distillRidge({ ...task, model }, { variant: 'd-set' })).rejects.toMatchObject({
      code: 'usage/not-its-statistics',
    })
  })

  test('constant inputs, with and without intercept', async () => {
    const inputs = matrix(6, 2, new Float64Array(12).fill(3))
    const labels = matrix(
      6,
      2,
      Float64Array.from({ length: 12 }, (_, i) => i % 2),
    )
    for (const intercept of [false, true]) {
      const task = taskFromData(blas, inputs, labels, { ridge: 1, intercept, kind: 'real', seed: 0 })
      const set = await distillRidge(task, { variant: 'd-set' })
      expect(set.points.rows).toBe(1)
      expect(retrained(set).error).toBeLessThan(1e-13)
    }
  })
})

describe('the union of two d-sets', () => {
  const halves = async () => {
    const [a, b] = [ridgeTaskOf(blas, { ridge: 2, seed: 1 }), ridgeTaskOf(blas, { ridge: 2, seed: 2 })]
    const sets = [
      await distillRidge(a, { variant: 'd-set' }),
      await distillRidge(b, { variant: 'd-set' }),
    ] as const
    return { a, b, sets }
  }

  test('is a d-set of the union, at every λ', async () => {
    const { a, b, sets } = await halves()
    const union = await mergeDSets(blas, ...sets)
    expect(union.points.rows).toBe(24)
    expect(retrained(union).error).toBeLessThan(1e-13)
    for (const ridge of ridges) {
      const distilled = plainRidge(union.points, union.labels, ridge, false)
      const original = plainRidge(stacked(a.inputs, b.inputs), stacked(a.labels, b.labels), ridge, false)
      expect(relativeError(distilled.weight, original.weight)).toBeLessThan(1e-12)
    }
    expect((await mergeDSets(blas, sets[1], sets[0])).provenance).toBe(union.provenance)
  })

  test('is refused where sums do not add', async () => {
    const { a, sets } = await halves()
    const refused = (other: (typeof sets)[0], reason: RegExp) =>
      expect(mergeDSets(blas, sets[0], other)).rejects.toMatchObject({
        code: 'usage/not-mergeable',
        message: reason,
      })
    await refused(await distillRidge(a), /single λ/)
    const lifted = ridgeTaskOf(blas, { ridge: 2, intercept: true })
    await refused(await distillRidge(lifted, { variant: 'd-set' }), /intercept/)
    await refused(await distillRidge(ridgeTaskOf(blas), { variant: 'd-set' }), /λ is 2 .* 0.7/)
    await refused({ ...sets[1], inputShape: [3, 4] }, /shapes/)
    await refused({ ...sets[1], target: { kind: 'class', names: ['a', 'b', 'c', 'd'] } }, /targets/)
    const scale = new Float64Array(12).fill(2)
    await refused({ ...sets[1], preprocessing: { name: 'column', scale, shift: scale } }, /preprocessings/)
  })
})

function stacked(a: Matrix, b: Matrix): Matrix {
  return matrix(a.rows + b.rows, a.cols, Float64Array.from([...a.data, ...b.data]))
}

function transposed(a: Matrix): Matrix {
  const result = matrix(a.cols, a.rows)
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < a.cols; j++) result.data[j * a.rows + i] = a.data[i * a.cols + j]
  return result
}

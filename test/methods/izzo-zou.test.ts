import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { relativeError, transpose } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { distillIzzoZou } from '#methods/izzo-zou'
import { singlePair, trainOnPair } from '#methods/izzo-zou/single-pair'
import { fitGlm, glmFamilies, glmTable, type GlmFamilyId } from '#models/glm'
import { featureTaskOf, gaussian } from './feature-tasks.ts'
import { plainRidge, product } from './plain-ridge.ts'
import { ridgeTaskOf } from './ridge-tasks.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

const ridges = [1e-3, 0.7, 100]

describe('d points for every λ', () => {
  it('on inputs', async () => {
    const task = ridgeTaskOf(blas, { inputs: 9, ridge: 0.7 })
    const set = await distillIzzoZou(task)
    expect([set.method, set.points.rows]).toEqual(['izzo-zou', 9])
    for (const ridge of ridges) {
      const wanted = plainRidge(task.inputs, task.labels, ridge, false)
      const { weight } = plainRidge(set.points, set.labels, ridge, false)
      expect(relativeError(weight, wanted.weight)).toBeLessThan(1e-11)
    }
  })

  it.each([
    ['dense', { distribution: 'orthogonal' }],
    ['coupling', {}],
  ] as const)('behind the feature map %s', async (kind, options) => {
    const task = await featureTaskOf(blas, { kind, inputSize: 9, options, targets: 2, ridge: 0.7 })
    const set = await distillIzzoZou(task)
    const features = await task.map.forward(set.points, blas)
    expect(relativeError(product(transpose(features), features), task.statistics.gram)).toBeLessThan(1e-12)
    const whole = (await task.references(1000)).points
    const all = await task.map.forward(whole, blas)
    const targets = gaussian(whole.rows, 2, 'labels', 0)
    for (const ridge of ridges) {
      const wanted = plainRidge(all, targets, ridge, false)
      const { weight } = plainRidge(features, set.labels, ridge, false)
      expect(relativeError(weight, wanted.weight)).toBeLessThan(1e-10)
    }
  })

  it.each([
    ['fourier', {}, 'usage/d-set-scale'],
    ['dense', { widths: [12] }, 'usage/not-onto'],
  ] as const)('refuses %s %o, which does not reach every feature', async (kind, options, code) => {
    const task = await featureTaskOf(blas, { kind, inputSize: 9, options, targets: 2 })
    await expect(distillIzzoZou(task)).rejects.toMatchObject({ code })
  })
})

describe.each(['linear', 'logistic', 'poisson'] as const)('one point for a %s model', (id) => {
  const family = glmFamilies[id]
  const { inputs, targets, truth } = examplesOf(id)

  it('fits to where the gradient vanishes', async () => {
    for (const ridge of [0, 2]) {
      const { theta, gradient } = await fitGlm(glmTable(inputs, targets, 64), family, { blas, ridge })
      expect(gradient).toBeLessThan(1e-10)
      const slope = theta.map((value) => ridge * value)
      for (let i = 0; i < inputs.rows; i++) {
        const row = inputs.data.subarray(i * inputs.cols, (i + 1) * inputs.cols)
        const error = family.mean(dot(row, theta)) - targets[i]
        row.forEach((value, j) => (slope[j] += error * value))
      }
      expect(Math.hypot(...slope)).toBeLessThan(1e-8)
      if (ridge === 0) expect(distance(theta, truth)).toBeLessThan(0.3)
    }
  })

  it('leads gradient descent from any start to the model of all data', async () => {
    const { theta } = await fitGlm(glmTable(inputs, targets), family, { blas })
    for (const initial of [
      new Float64Array(4),
      gaussian(1, 4, 'start').data,
      theta.map((value) => 40 * value),
    ]) {
      const pair = singlePair(family, theta, initial)
      const trained = trainOnPair(pair)
      expect(trained.steps).toBeLessThan(2000)
      expect(distance(trained.theta, theta)).toBeLessThan(
        1e-12 * Math.max(1, distance(initial, theta) / distance(theta, new Float64Array(4))),
      )
      // Half the steps are not there yet, so that the way is really walked.
      if (id !== 'linear') expect(distance(trainOnPair(pair, 3).theta, theta)).toBeGreaterThan(1e-9)
    }
  })
})

it('keeps the digits of a confident logistic model, whose label would round to 1', () => {
  const theta = Float64Array.of(30, -20, 10)
  const pair = singlePair(glmFamilies.logistic, theta, new Float64Array(3))
  expect(glmFamilies.logistic.mean(1400)).toBe(1)
  expect(pair.label).toBeLessThan(0.8)
  expect(distance(trainOnPair(pair).theta, theta)).toBeLessThan(1e-13)
})

it('needs no step where the start is the model', () => {
  const theta = Float64Array.of(1, 2)
  expect(trainOnPair(singlePair(glmFamilies.poisson, theta, theta))).toEqual({ theta, steps: 0 })
})

it('says that separable classes have no minimum without a penalty', async () => {
  const inputs = gaussian(30, 2, 'separable')
  const targets = Float64Array.from({ length: 30 }, (_, i) => Number(inputs.data[2 * i] > 0))
  const fit = (ridge: number) =>
    fitGlm(glmTable(inputs, targets), glmFamilies.logistic, { blas, ridge, passes: 20 })
  await expect(fit(0)).rejects.toMatchObject({ code: 'check/glm-no-minimum' })
  expect((await fit(0.1)).gradient).toBeLessThan(1e-10)
})

/** Targets drawn from the model itself. */
function examplesOf(id: GlmFamilyId) {
  const truth = Float64Array.of(0.8, -0.5, 0.3, 0.2)
  const inputs = gaussian(600, 4, 'glm')
  const random = randomStream(2, 'targets', id)
  const targets = Float64Array.from({ length: 600 }, (_, i) => {
    const mean = glmFamilies[id].mean(dot(inputs.data.subarray(4 * i, 4 * i + 4), truth))
    if (id === 'linear') return mean + 0.5 * random.normal()
    if (id === 'logistic') return Number(random.uniform() < mean)
    let [count, left] = [0, Math.exp(-mean)]
    for (let share = random.uniform() - left; share > 0; share -= left) left *= mean / ++count
    return count
  })
  return { inputs, targets, truth }
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, j) => sum + value * b[j], 0)
}

/** ‖a − b‖ / ‖b‖; the plain norm for a zero b. */
function distance(a: Float64Array, b: Float64Array): number {
  return Math.hypot(...a.map((value, j) => value - b[j])) / (Math.hypot(...b) || 1)
}

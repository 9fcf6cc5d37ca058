import { afterAll, describe, expect, test } from 'vitest'
import type { RidgeSet } from '#core/distilled-set'
import { matrix, relativeError } from '#core/matrix'
import { chooseBlas } from '#linalg/provider'
import { kernelRidge } from '#methods/kernel-ridge'
import { ridgeOptions, type RidgeOptions } from '#methods/ridge-options'
import type { RidgeTask } from '#methods/ridge-task'
import { randomStream } from '#core/random'
import { featureTaskOf, gaussian, leakyFeatures, type FeatureSettings } from './feature-tasks.ts'
import { plainRidge, retrained, withBias } from './plain-ridge.ts'

const { blas } = await chooseBlas({ threads: 1 })
afterAll(() => blas.close())

async function taskOf(settings: FeatureSettings) {
  const task = await featureTaskOf(blas, settings)
  return { ...task, features: task.map }
}

async function distil(task: RidgeTask, options: Partial<RidgeOptions> = {}): Promise<RidgeSet> {
  const streams = (...tags: (string | number)[]) => randomStream(0, 'test', ...tags)
  return kernelRidge.finish(await kernelRidge.init(task, ridgeOptions.parse(options), streams))
}

/** ‖[W_S b_S] − [W b]‖ / ‖[W b]‖ through φ and ridge regression from its definition. */
async function errorThrough(task: Awaited<ReturnType<typeof taskOf>>, set: RidgeSet): Promise<number> {
  return retrained({ ...set, points: await task.map.forward(set.points, blas) }).error
}

const maps: readonly [string, FeatureSettings][] = [
  ['dense', { inputSize: 12, options: {}, targets: 3 }],
  ['dense, narrowing, with biases', { inputSize: 12, options: { widths: [10, 8], bias: true }, targets: 3 }],
  ['dense with tanh', { inputSize: 12, options: { activation: 'tanh' }, targets: 3 }],
  ['orthogonal', { inputSize: 12, options: { depth: 3, distribution: 'orthogonal' }, targets: 3 }],
  ['fourier', { kind: 'fourier', inputSize: 12, options: { variance: 10 }, targets: 3 }],
  ['coupling', { kind: 'coupling', inputSize: 12, options: {}, targets: 3 }],
  ['linear-net, wide', { kind: 'linear-net', inputSize: 6, options: { widths: [9, 14] }, targets: 3 }],
  ['conv', { kind: 'conv', inputSize: 32, inputShape: [4, 4, 2], options: {}, targets: 3 }],
]

const choices: readonly [string, Partial<RidgeOptions>][] = [
  ['as few points as can be', {}],
  ['more points', { points: 5 }],
  ['λ_S > 0', { points: 5, ridgeDistilled: 0.01 }],
  ['near real examples', { points: 5, variant: 'realistic' }],
]

describe.each(maps)('behind %s', (_, settings) => {
  test.each(choices)('points train to W through the map: %s', async (_name, options) => {
    for (const intercept of [false, true]) {
      const task = await taskOf({ ...settings, intercept })
      const set = await distil(task, options)
      expect(set.points.cols).toBe(settings.inputSize)
      expect(set.training.weight.cols).toBe(task.map.featureSize)
      expect(set.method).toBe('kernel-ridge')
      expect(await errorThrough(task, set)).toBeLessThan(1e-8)
    }
  })
})

test('the map may be computed by anyone: dense layers by plain sums', async () => {
  const task = await taskOf({ inputSize: 10, options: { depth: 2 }, targets: 2 })
  const set = await distil(task, { points: 6 })
  expect(retrained({ ...set, points: leakyFeatures(task.map, set.points) }).error).toBeLessThan(1e-10)
})

test('labels are divided by the scale of bounded features; undivided they give c W, as in the paper', async () => {
  const task = await taskOf({ kind: 'fourier', inputSize: 12, options: { variance: 10 }, targets: 3 })
  const set = await distil(task, { points: 6 })
  const scale = Number(set.options.labelDivisor)
  expect(scale).toBeGreaterThan(1.5)
  const { rows, cols, data } = set.labels
  const undivided = matrix(
    rows,
    cols,
    data.map((value) => value * scale),
  )
  const features = await task.map.forward(set.points, blas)
  const wrong = plainRidge(features, undivided, 0, false)
  expect(relativeError(wrong.weight, set.training.weight)).toBeCloseTo(scale - 1, 6)
  expect(await errorThrough(task, set)).toBeLessThan(1e-8)
})

test('a set for every λ behind an unbounded map gives the model of each', async () => {
  const task = await taskOf({ inputSize: 8, options: {}, targets: 2, intercept: true })
  const set = await distil(task, { variant: 'd-set' })
  const features = await task.map.forward(set.points, blas)
  const inputs = await task.map.forward(gaussian(32, 8, 'inputs', 0), blas)
  for (const ridge of [1e-3, 0.3, 40]) {
    const whole = plainRidge(inputs, gaussian(32, 2, 'labels', 0), ridge, true)
    const few = plainRidge(features, set.labels, ridge, true)
    expect(relativeError(withBias(few), withBias(whole))).toBeLessThan(1e-8)
  }
})

test('real examples are kept as inputs, not as features', async () => {
  const task = await taskOf({ inputSize: 12, options: { width: 9 }, targets: 3 })
  const set = await distil(task, { points: 5, variant: 'realistic' })
  expect(set.references).toEqual((await task.references(5)).points)
})

test('a map that is not onto is refused with the count of points that it needs', async () => {
  const task = await taskOf({ inputSize: 8, options: { width: 16 }, targets: 2 })
  // r p / (d − 1 + r), for LeakyReLU without bias: 32 / 9.
  await expect(distil(task)).rejects.toMatchObject({
    code: 'usage/not-onto',
    values: { features: 16, inputs: 8, necessary: 4 },
    hint: expect.stringMatching(/gauss-newton.*maalouf.*--width 8/),
  })
})

test('a bounded map has no set for every λ', async () => {
  const task = await taskOf({ kind: 'fourier', inputSize: 8, options: {}, targets: 2 })
  await expect(distil(task, { variant: 'd-set' })).rejects.toMatchObject({ code: 'usage/d-set-scale' })
})

test('a W from elsewhere is refused behind a deep linear network, with the floor that no points get below', async () => {
  const task = await taskOf({ kind: 'linear-net', inputSize: 5, options: { widths: [9] }, targets: 2 })
  const weight = gaussian(2, 9, 'elsewhere')
  const projected = await task.map.projectOntoRange?.(weight, blas)
  const floor = relativeError(projected ?? weight, weight)
  await expect(distil({ ...task, model: { ...task.model, weight } })).rejects.toMatchObject({
    code: 'check/weight-outside-range',
    values: { floor: expect.closeTo(floor, 12) },
  })
  expect(floor).toBeGreaterThan(0.1)
})

test('the preconditions name the map and whether it is onto', async () => {
  const task = await taskOf({ inputSize: 8, options: { width: 16 }, targets: 2 })
  const [reach] = await kernelRidge.preconditions(task, ridgeOptions.parse({}))
  expect(reach).toMatchObject({ id: 'map-reaches-features', holds: false })
})

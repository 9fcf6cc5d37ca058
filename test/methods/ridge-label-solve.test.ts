import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frobeniusNorm, matrix, relativeError, rowsOf, type Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { spanOf } from '#methods/closed-form/span'
import { distillLabels, ridgeLabelSolve, ridgeLabelSolveOptions } from '#methods/ridge-label-solve'
import type { RidgeTask } from '#methods/ridge-task'
import { featureTaskOf, gaussian, type FeatureSettings } from './feature-tasks.ts'
import { plainRidge, product, withBias } from './plain-ridge.ts'
import { taskFromData } from './ridge-tasks.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

/** Random data without a map: d = 12. */
function linearTask(intercept: boolean): RidgeTask {
  const inputs = gaussian(60, 12, 'inputs')
  const labels = gaussian(60, 3, 'labels')
  return {
    ...taskFromData(blas, inputs, labels, { ridge: 0.7, intercept, kind: 'real', seed: 0 }),
    references: async (count) => ({ points: rowsOf(inputs, 0, Math.min(count, inputs.rows)) }),
  }
}

const behindMap: [string, FeatureSettings][] = [
  ['a widening network', { inputSize: 6, options: { widths: [16] }, targets: 2 }],
  [
    'a widening network with intercept',
    { inputSize: 6, options: { widths: [16] }, targets: 2, intercept: true },
  ],
  ['Fourier features', { kind: 'fourier', inputSize: 5, options: { width: 14, variance: 4 }, targets: 3 }],
]

async function tasks(): Promise<[string, RidgeTask, (points: Matrix) => Promise<Matrix>][]> {
  const mapped = await Promise.all(
    behindMap.map(async ([name, settings]) => [name, await featureTaskOf(blas, settings)] as const),
  )
  return [
    ['the inputs', linearTask(false), async (points) => points],
    ['the inputs with intercept', linearTask(true), async (points) => points],
    ...mapped.map(([name, task]): [string, RidgeTask, (points: Matrix) => Promise<Matrix>] => [
      name,
      task,
      (points) => task.map.forward(points, blas),
    ]),
  ]
}

describe('labels for given points', () => {
  it.each([0, 0.3])(
    'are exact for every W where the points span all features; λ_S = %s',
    async (ridgeDistilled) => {
      for (const [name, task, phi] of await tasks()) {
        const points = task.model.weight.cols + 3
        for (const pointsFrom of ['real', 'gaussian'] as const) {
          const set = await distillLabels(task, { points, pointsFrom, ridgeDistilled })
          const trained = plainRidge(await phi(set.points), set.labels, ridgeDistilled, task.model.intercept)
          const error = relativeError(withBias(trained), withBias(task.model))
          expect(error, `${name}, ${pointsFrom}`).toBeLessThan(1e-11 * trained.condition)
        }
      }
    },
  )

  it.each([0, 0.3])(
    'miss exactly what lies outside the span of fewer points; λ_S = %s',
    async (ridgeDistilled) => {
      for (const [name, task, phi] of await tasks()) {
        const { model } = task
        const set = await distillLabels(task, { points: 6, ridgeDistilled })
        const features = await phi(set.points)
        const { missed, rank } = await spanOf(blas, features, model)
        expect(rank).toBe(model.intercept ? 5 : 6)
        expect(missed).toBeGreaterThan(0.05)
        const trained = plainRidge(features, set.labels, ridgeDistilled, model.intercept)
        expect(relativeError(trained.weight, model.weight), name).toBeCloseTo(missed, 9)
        // Other labels do worse.
        for (const tag of ['a', 'b', 'c']) {
          const moved = gaussian(6, set.labels.cols, tag)
          const labels = matrix(
            6,
            set.labels.cols,
            set.labels.data.map((value, t) => value + 0.01 * moved.data[t]),
          )
          const other = plainRidge(features, labels, ridgeDistilled, model.intercept)
          expect(relativeError(other.weight, model.weight)).toBeGreaterThan(missed)
        }
      }
    },
  )

  it('are exact with as few points as W has rank, where their span holds W', async () => {
    const task = linearTask(false)
    const mixed = product(gaussian(3, 3, 'mix'), task.model.weight)
    const set = await distillLabels({ ...task, given: { points: mixed } })
    expect(set.options).toMatchObject({ pointsFrom: 'given', points: 3, rank: 3 })
    const trained = plainRidge(set.points, set.labels, 0, false)
    expect(relativeError(trained.weight, task.model.weight)).toBeLessThan(1e-12 * trained.condition)
    expect(set.points).toEqual(mixed)
  })

  it('asks for the coreset that was named', async () => {
    const task = linearTask(false)
    const asked: unknown[] = []
    const spied: RidgeTask = {
      ...task,
      references(count, coreset) {
        asked.push(coreset)
        return task.references(count)
      },
    }
    for (const pointsFrom of ['real', 'herding', 'k-means', 'k-center'] as const)
      await distillLabels(spied, { points: 4, pointsFrom })
    expect(asked).toEqual([undefined, 'herding', 'k-means', 'k-center'])
  })

  it('say beforehand whether they will be exact', async () => {
    const task = linearTask(false)
    const said = (points: number) =>
      ridgeLabelSolve.preconditions(task, ridgeLabelSolveOptions.parse({ points }))
    expect(await said(12)).toMatchObject([{ holds: true }, { id: 'points-span-model', holds: true }])
    const [enough, span] = await said(5)
    expect(enough).toMatchObject({ holds: 'unknown', measured: 5 })
    expect(span.holds).toBe(false)
    expect(span.measured).toBeGreaterThan(0.1)
  })

  it('refuses more points than there are examples', async () => {
    await expect(distillLabels(linearTask(false), { points: 61 })).rejects.toMatchObject({
      code: 'data/too-few-examples',
    })
  })
})

describe('span', () => {
  it('misses nothing of a zero model and all of a model across points that are zero', async () => {
    const weight = matrix(2, 4)
    expect((await spanOf(blas, gaussian(2, 4, 'p'), { weight, intercept: false })).missed).toBe(0)
    const some = gaussian(2, 4, 'w')
    expect(frobeniusNorm(some)).toBeGreaterThan(0)
    expect(await spanOf(blas, matrix(3, 4), { weight: some, intercept: false })).toEqual({
      rank: 0,
      missed: 1,
    })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { relativeError } from '#core/matrix'
import type { Progress } from '#core/progress'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { distillGaussNewton, gaussNewton } from '#methods/gauss-newton'
import { gaussNewtonOptions, type GaussNewtonOptions } from '#methods/gauss-newton-options'
import { continueSearch, startSearch } from '#methods/non-surjective/search'
import { planGaussNewton } from '#methods/non-surjective/plan'
import { startingPoints } from '#methods/non-surjective/starts'
import type { RidgeTask } from '#methods/ridge-task'
import { featureTaskOf, leakyFeatures, type FeatureSettings } from './feature-tasks.ts'
import { plainRidge, withBias } from './plain-ridge.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

const random = (...tags: (string | number)[]) => randomStream(0, 'gauss-newton', ...tags)
const task = (settings: FeatureSettings) => featureTaskOf(blas, settings)
const leaky = (inputSize: number, widths: number[], targets: number, seed = 0) => ({
  inputSize,
  options: { widths },
  targets,
  seed,
})

/** The smallest residual of several starts with exactly this many points. */
async function smallestResidual(of: RidgeTask, points: number, starts: number): Promise<number> {
  const options = gaussNewtonOptions.parse({ points: Math.max(points, 1) })
  const { problem, references } = await planGaussNewton(of, options, random)
  let smallest = Infinity
  for (let start = 0; start < starts && smallest > 1e-9; start++) {
    let search = startSearch(startingPoints(references, points, random(start)))
    while (search.outcome === 'searching' && search.steps < 200)
      search = await continueSearch(problem!, search)
    smallest = Math.min(smallest, search.size)
  }
  return smallest
}

describe('the number of points', () => {
  it.each([
    ['one layer, d = 8, p = 10, k = 2', leaky(8, [10], 2), 3],
    ['one layer, d = 8, p = 12, k = 2', leaky(8, [12], 2), 3],
    ['one layer, d = 12, p = 24, k = 3', leaky(12, [24], 3), 6],
    [
      'tanh with bias, d = 8, p = 16, k = 2',
      { inputSize: 8, options: { widths: [16], activation: 'tanh', bias: true }, targets: 2 },
      4,
    ],
  ])('%s: none below the count, some at most two above it', async (_name, settings, count) => {
    for (const seed of [0, 1]) {
      const of = await task({ ...settings, seed })
      const plan = await planGaussNewton(of, gaussNewtonOptions.parse({}), random)
      expect(plan.fewest).toBe(count)
      expect(await smallestResidual(of, count - 1, 4)).toBeGreaterThan(1e-3)
      expect(await smallestResidual(of, count + 2, 40)).toBeLessThan(1e-11)
    }
  })
})

describe('gauss-newton', () => {
  it.each([
    ['LeakyReLU', leaky(8, [12], 2)],
    ['LeakyReLU with intercept', { ...leaky(8, [12], 2), intercept: true }],
    ['two layers', leaky(8, [14, 16], 2)],
  ])('%s: fewer points than features train to W, by plain sums', async (_name, settings) => {
    for (const ridgeDistilled of [0, 0.4]) {
      const of = await task(settings)
      const set = await distillGaussNewton(of, { ridgeDistilled })
      expect(set.points.rows).toBeLessThan(of.map.featureSize)
      expect(set.points.cols).toBe(8)
      expect(set.training).toMatchObject({ ridge: ridgeDistilled, intercept: of.model.intercept })
      const features = leakyFeatures(of.map, set.points)
      const trained = plainRidge(features, set.labels, ridgeDistilled, of.model.intercept)
      expect(relativeError(withBias(trained), withBias(of.model))).toBeLessThan(1e-8)
    }
  })

  it('finds Fourier features as well', async () => {
    const of = await task({ kind: 'fourier', inputSize: 6, options: { width: 14, variance: 4 }, targets: 2 })
    const set = await distillGaussNewton(of, {})
    expect(set.points.rows).toBeLessThan(9)
    const trained = plainRidge(await of.map.forward(set.points, blas), set.labels, 0, false)
    expect(relativeError(trained.weight, of.model.weight)).toBeLessThan(1e-8)
  })

  it('goes on with fewer points where asked, and keeps the last that hold the model', async () => {
    const of = await task(leaky(8, [16], 2, 1))
    const wide = await distillGaussNewton(of, {})
    const narrow = await distillGaussNewton(of, { shrink: true })
    expect(narrow.points.rows).toBeLessThan(wide.points.rows)
    expect(narrow.points.rows).toBeGreaterThanOrEqual(4)
    const trained = plainRidge(leakyFeatures(of.map, narrow.points), narrow.labels, 0, false)
    expect(relativeError(trained.weight, of.model.weight)).toBeLessThan(1e-8)
  })

  it('says so where nothing is found, with what is missing', async () => {
    const of = await task(leaky(8, [16], 2))
    // The count allows four points here, but kinks stand in the way: one start in sixty succeeds.
    const failure = distillGaussNewton(of, { points: 4, restarts: 2, steps: 40 })
    await expect(failure).rejects.toMatchObject({ code: 'budget/not-found', exitCode: 5 })
    await failure.catch(({ values }) => {
      expect(values).toMatchObject({ points: 4, fewest: 4 })
      expect(values.residual).toBeGreaterThan(1e-3)
      expect(values.relativeError).toBeGreaterThan(1e-4)
      // The part of W that is missed is at most the part of its directions.
      expect(values.relativeError).toBeLessThanOrEqual(values.residual * (1 + 1e-9))
    })
  })

  it('goes on from its record to the same set', async () => {
    const of = await task(leaky(8, [12], 2))
    const options = gaussNewtonOptions.parse({ points: 4 })
    const whole = await distillGaussNewton(of, options)
    let { plan, record } = await gaussNewton.init(of, options, random)
    const lengths: number[] = []
    for (let done = false; !done;) {
      // Numbers survive JSON; arrays come back as the kind they were.
      record = revived(JSON.stringify(record, plain))
      const step = await gaussNewton.step({ plan, record })
      ;({ record } = step.state)
      lengths.push(step.progress.figure!.value)
      done = step.done
      plan = (await gaussNewton.init(of, options, random)).plan
    }
    const set = await gaussNewton.finish({ plan, record })
    expect(set.points.data).toEqual(whole.points.data)
    expect(lengths.at(-1)).toBeLessThan(1e-11)
  })

  it('reports every step and stops when told', async () => {
    const of = await task(leaky(8, [16], 2))
    const seen: Progress[] = []
    const controller = new AbortController()
    const report = (progress: Progress) => {
      seen.push(progress)
      if (seen.length === 3) controller.abort(new Error('enough'))
    }
    const run = distillGaussNewton(of, { points: 4 }, { report, signal: controller.signal })
    await expect(run).rejects.toThrow('enough')
    expect(seen.map(({ done }) => done)).toEqual([1, 2, 3])
    expect(seen[2].figure).toMatchObject({ name: 'residual' })
  })

  it.each([
    [{ points: 3 }, leaky(8, [16], 2), 'usage/too-few-points'],
    [{}, { kind: 'coupling', inputSize: 6, options: {}, targets: 2 }, 'usage/no-derivative'],
  ] satisfies [Partial<GaussNewtonOptions>, FeatureSettings, string][])(
    'refuses %o on %o',
    async (options, settings, code) => {
      await expect(distillGaussNewton(await task(settings), options)).rejects.toMatchObject({ code })
    },
  )
})

const plain = (_key: string, value: unknown) =>
  value instanceof Float64Array ? { float64: Array.from(value) } : value === Infinity ? 'Infinity' : value

function revived(text: string) {
  return JSON.parse(text, (_key, value) =>
    value === 'Infinity' ? Infinity : value?.float64 ? Float64Array.from(value.float64) : value,
  )
}

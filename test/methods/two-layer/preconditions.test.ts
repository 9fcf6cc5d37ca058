import { afterAll, describe, expect, it } from 'vitest'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import { distillTwoLayer, twoLayer, twoLayerFindings } from '#methods/two-layer'
import type { TwoLayerOptions } from '#methods/two-layer-options'
import { twoLayerOptions } from '#methods/two-layer-options'
import type { TwoLayerTask } from '#methods/two-layer-task'
import { energyIn } from '#models/two-layer/subspace'
import { he3 } from '../../models/two-layer/multi-index.ts'
import { availableBlas } from '../../statistics/blas.ts'
import { syntheticTask } from './tasks.ts'

const [blas, ...others] = await availableBlas()
afterAll(() => Promise.all([blas, ...others].map((provider) => provider.close())))

const small = { refinement: 0, width: 40, labelCount: 20, students: 1 }

/** The findings of a whole run, by id. */
async function findings(task: TwoLayerTask, options: Partial<TwoLayerOptions> = {}) {
  const parsed = twoLayerOptions.parse({ ...small, ...options })
  let state = await twoLayer.init(task, parsed, (...tags) => randomStream(task.seed, ...tags))
  for (let done = false; !done;) ({ state, done } = await twoLayer.step(state))
  return Object.fromEntries(twoLayerFindings(state).map((record) => [record.id, record]))
}

async function before(task: TwoLayerTask, options: Partial<TwoLayerOptions> = {}) {
  const records = await twoLayer.preconditions(task, twoLayerOptions.parse({ ...small, ...options }))
  return Object.fromEntries(records.map(({ id, holds }) => [id, holds]))
}

describe('what is known before a run', async () => {
  const task = await syntheticTask({ inputSize: 10, rank: 2, count: 399, seed: 1, tests: 10 }, blas)

  it('counts examples against d²', async () => {
    expect(await before(task)).toMatchObject({ 'enough-examples': false, curvature: 'unknown' })
    expect(await before({ ...task, count: 400 })).toMatchObject({ 'enough-examples': true })
    expect(await before({ ...task, count: 50 }, { refinement: 5 })).toMatchObject({ 'enough-examples': true })
  })

  it('counts points, steps and the size of inner steps', async () => {
    expect(await before(task)).toMatchObject({ 'enough-points': 'unknown', 'few-steps': true })
    expect(await before(task, { rank: 2 })).toMatchObject({
      'enough-points': true,
      'hessian-rank': 'unknown',
    })
    expect(await before(task, { rank: 2, points: 2 })).toMatchObject({ 'enough-points': false })
    expect(await before(task, { steps: 11 })).toMatchObject({ 'few-steps': false })
    expect(await before(task, { linearPart: 'none' })).toMatchObject({ 'linear-part': 'unknown' })
    const performance = { matching: 'performance', innerStep: 5e-3 } as const
    expect(await before(task, performance)).toMatchObject({ 'inner-weight-decay': true, 'inner-step': true })
    expect(await before(task, { ...performance, tied: false })).toMatchObject({ 'inner-step': false })
    expect(await before(task, { ...performance, innerReset: true })).toMatchObject({
      'inner-weight-decay': false,
    })
  })

  it.each([
    [{ matching: 'performance', innerReset: true } as const, 'usage/inner-reset'],
    [{ rank: 3, points: 3 }, 'usage/too-few-points'],
    [{ reuse: 'nowhere' }, 'usage/reuse'],
  ])('refuses %o', async (options, code) => {
    await expect(distillTwoLayer(task, { ...small, ...options })).rejects.toMatchObject({ code })
  })

  it('refuses several targets, a set of other inputs, and a single example', async () => {
    const target = { kind: 'real', names: ['a', 'b'] } as const
    await expect(distillTwoLayer({ ...task, target }, small)).rejects.toMatchObject({
      code: 'usage/scalar-target',
    })
    const reuse = await distillTwoLayer(task, small)
    const other = { ...reuse, points: matrix(2, 11) }
    await expect(distillTwoLayer({ ...task, reuse: other }, { ...small, reuse: 'x' })).rejects.toMatchObject({
      code: 'usage/reuse',
    })
    await expect(distillTwoLayer({ ...task, count: 1 }, small)).rejects.toMatchObject({
      code: 'data/too-few-examples',
    })
  })

  it('takes classes as ±1', async () => {
    const target = { kind: 'class', names: ['no', 'yes'] } as const
    const classes = { positive: 'yes', negative: 'no' }
    const { training } = await distillTwoLayer({ ...task, target, classes }, small)
    expect(training.classes).toEqual(classes)
  })
})

describe('what a run finds', () => {
  const size = { inputSize: 30, count: 3600, seed: 2, tests: 10 }

  it('curvature, where there is some', async () => {
    const found = await findings(await syntheticTask({ ...size, rank: 2 }, blas), { rank: 2 })
    expect(found['curvature']).toMatchObject({ holds: true })
    expect(found['hessian-rank']).toMatchObject({ holds: true, measured: 2 })
    expect(found['linear-part']).toMatchObject({ holds: true })
  })

  it('none where H = 0: a pure cubic', async () => {
    const task = await syntheticTask({ ...size, rank: 1, link: (z) => he3(z[0]) }, blas)
    const found = await findings(task)
    expect(found['curvature']).toMatchObject({ holds: false })
    const set = await distillTwoLayer(task, small)
    expect(set.options.warnings).toContain('curvature')
    expect(await energyIn(set.points, task.truth.subspace, blas)).toBeLessThan(0.7)
  })

  it('rank(H) < r: a direction without curvature', async () => {
    const link = (z: ArrayLike<number>) => (z[0] * z[0] - 1) / 2 + he3(z[1]) / Math.SQRT2
    const task = await syntheticTask({ ...size, inputSize: 20, count: 6400, rank: 2, link }, blas)
    const found = await findings(task, { rank: 2 })
    expect(found['hessian-rank']).toMatchObject({ holds: false, measured: 1 })
  })

  it('a linear part that was left in', async () => {
    const task = await syntheticTask({ ...size, rank: 2, linear: 1.5 }, blas)
    const left = await findings(task, { linearPart: 'none' })
    expect(left['linear-part'].holds).toBe(false)
    expect(left['linear-part'].measured).toBeCloseTo(2.25 / 3.25, 1)
  })

  // Untied points take the linear part for the target; least squares and antipodes each cure it.
  it('that a linear part drowns the subspace of untied points', async () => {
    const task = await syntheticTask({ ...size, rank: 2, linear: 1.5 }, blas)
    const energy = async (options: Partial<TwoLayerOptions>) => {
      const { points } = await distillTwoLayer(task, { ...small, ...options })
      const { values } = await blas.svd(points)
      return { inside: await energyIn(points, task.truth.subspace, blas), second: values[1] / values[0] }
    }
    // Left in, the points collapse to the one direction of the linear part.
    expect((await energy({ tied: false, linearPart: 'none' })).second).toBeLessThan(0.02)
    expect((await energy({ tied: false })).second).toBeGreaterThan(0.1)
    expect((await energy({ tied: false })).inside).toBeGreaterThan(0.9)
  })

  it('that many steps collapse to the leading direction', async () => {
    const task = await syntheticTask({ ...size, rank: 2 }, blas)
    const ratio = async (steps: number) => {
      const { values } = await blas.svd((await distillTwoLayer(task, { ...small, steps })).points)
      return values[1] / values[0]
    }
    expect(await ratio(60)).toBeLessThan(0.05 * (await ratio(3)))
  })
})

describe('ways of matching', async () => {
  const task = await syntheticTask({ inputSize: 30, rank: 2, count: 5000, seed: 6, tests: 10 }, blas)
  const few = { ...small, initialisations: 2, neurons: 100 }

  it.each([
    ['exact', 0.95],
    ['inner-product', 0.93],
    ['performance', 0.93],
    ['cosine', 0.85],
    ['squared', 0.6],
  ] as const)('%s finds the subspace', async (matching, least) => {
    const { points, options } = await distillTwoLayer(task, { ...few, matching })
    expect(await energyIn(points, task.truth.subspace, blas)).toBeGreaterThan(least)
    expect(options.steps).toBe(matching === 'squared' ? 100 : 3)
  })
})

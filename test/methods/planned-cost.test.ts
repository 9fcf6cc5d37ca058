import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transpose } from '#core/matrix'
import { randomStream } from '#core/random'
import { dense } from '#features/dense'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { gaussNewton } from '#methods/gauss-newton'
import { gaussNewtonOptions } from '#methods/gauss-newton-options'
import { distillMaalouf, maalouf, maaloufOptions } from '#methods/maalouf'
import { maaloufOperations, maaloufPoints, maaloufPreconditions } from '#methods/maalouf-points'
import type { SpanProblem } from '#methods/non-surjective/span-problem'
import { pointCounts, searchRange } from '#methods/non-surjective/search-range'
import { continueSearch, startSearch } from '#methods/non-surjective/search'
import { startingPoints } from '#methods/non-surjective/starts'
import { mostOperations, stepCost } from '#methods/non-surjective/step-cost'
import { countingBlas } from './counting-blas.ts'
import { featureTaskOf, gaussian } from './feature-tasks.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

const random = (...tags: (string | number)[]) => randomStream(0, 'gauss-newton', ...tags)

/** Operations of the first step of a search, as counted, with its iterations, and as planned. */
async function firstStep(points: number, features: number, inputs: number, rank: number) {
  const options = { widths: [features] }
  const map = await dense.create({ inputShape: [inputs], options, seed: 0 }, blas)
  const { linearise } = map
  if (!linearise) throw new Error('no derivative')
  const rows = transpose((await blas.qr(gaussian(features, rank, 'rows'))).q)
  const { blas: counted, operations } = countingBlas(blas)
  let iterations = 0
  const problem: SpanProblem = {
    blas: counted,
    rows,
    map: {
      inputSize: inputs,
      featureSize: features,
      async linearise(at, provider, blur) {
        const { pushForward, ...rest } = await linearise(at, provider, blur)
        return { ...rest, pushForward: (along) => ((iterations += 1), pushForward(along)) }
      },
    },
  }
  const search = await continueSearch(
    problem,
    startSearch(startingPoints(gaussian(100, inputs, 'inputs'), points, random(1))),
  )
  const cost = stepCost({ points, inputs, features, rank, operations: map.operations })
  return { counted: operations(), iterations, told: search.iterations, cost }
}

describe('the planned cost of a step', () => {
  it.each([
    [4, 20, 8, 2],
    [8, 20, 8, 2],
    [4, 40, 8, 2],
    [8, 40, 12, 3],
    [2, 60, 5, 4],
  ])('is what was counted, J written out: m = %i, p = %i, d = %i, k = %i', async (m, p, d, k) => {
    const { counted, iterations, cost } = await firstStep(m, p, d, k)
    expect([cost.dense, iterations, cost.iterations]).toEqual([true, 0, 0])
    expect(mostOperations(cost) / counted).toBeGreaterThan(0.95)
    expect(mostOperations(cost) / counted).toBeLessThan(1.05)
  })

  it.each([
    [14, 160, 128, 10],
    [28, 160, 128, 10],
    [14, 320, 128, 10],
  ])('is what was counted, iterated: m = %i, p = %i, d = %i, k = %i', async (m, p, d, k) => {
    const { counted, iterations, told, cost } = await firstStep(m, p, d, k)
    expect(cost.dense).toBe(false)
    expect(told).toBe(iterations)
    expect(iterations).toBeGreaterThan(0)
    expect(iterations).toBeLessThanOrEqual(cost.iterations)
    const planned = cost.fixed + iterations * cost.iteration
    // The last iteration may end before its product with Jᵀ.
    expect(planned / counted).toBeGreaterThan(0.99)
    expect(planned / counted).toBeLessThan(1 + 0.6 / iterations)
  })
})

describe('the cost of a search', () => {
  it('is what was counted over its steps, and is kept with it', async () => {
    const { blas: counted, operations } = countingBlas(blas)
    const of = await featureTaskOf(blas, { inputSize: 8, options: { widths: [40] }, targets: 3 })
    const options = gaussNewtonOptions.parse({ points: 12, restarts: 2, steps: 4 })
    let state = await gaussNewton.init({ ...of, blas: counted }, options, random)
    const told = () => gaussNewton.operations?.(state) ?? Number.NaN
    expect(told()).toBe(0)
    const before = operations()
    // More than one start takes: what the first cost is not forgotten.
    for (let i = 0; i < 7; i++) {
      const step = await gaussNewton.step(state)
      expect(step.done).toBe(false)
      state = step.state
    }
    expect(state.record.start).toBe(1)
    const ratio = told() / (operations() - before)
    expect(ratio).toBeGreaterThan(0.95)
    expect(ratio).toBeLessThan(1.05)
    const stored = gaussNewton.resume?.store(state)
    if (!stored) throw new Error('not stored')
    const about: unknown = JSON.parse(JSON.stringify(stored.about))
    const restored = gaussNewton.resume?.restore(state, { ...stored, about })
    expect(restored && gaussNewton.operations?.(restored)).toBe(told())
  })
})

describe('the planned numbers of points', () => {
  it('are those that a search which finds nothing goes through', async () => {
    const of = await featureTaskOf(blas, { inputSize: 8, options: { widths: [30] }, targets: 3 })
    const options = gaussNewtonOptions.parse({ restarts: 2, steps: 1 })
    let state = await gaussNewton.init(of, options, random)
    const tried: number[] = []
    for (let done = false; !done;) {
      const step = await gaussNewton.step(state)
      tried.push(Number(step.progress.stage.match(/\d+/)?.[0]))
      state = step.state
      done = step.done
    }
    const { fewest, points } = state.plan
    expect(points).toEqual(searchRange(undefined, { fewest, enough: 30 }))
    const counts = pointCounts(points)
    expect(counts.length).toBeGreaterThan(2)
    // Two starts of one step each; a step tells of the start that follows it.
    expect(tried.slice(0, 2 * counts.length - 1)).toEqual(counts.flatMap((m) => [m, m]).slice(1))
    expect(pointCounts(searchRange(9, { fewest, enough: 30 }))).toEqual([9])
  })
})

describe('maalouf', () => {
  it.each([
    [20, undefined, 0],
    [40, undefined, 0],
    [40, 80, 0],
    [40, undefined, 0.5],
  ])(
    'plans the points and operations of a run: p = %i, m = %s, λ_S = %d',
    async (width, points, ridgeDistilled) => {
      const { blas: counted, operations } = countingBlas(blas)
      const of = await featureTaskOf(blas, { inputSize: 8, options: { widths: [width] }, targets: 3 })
      const options = maaloufOptions.parse({ points, ridgeDistilled })
      const set = await distillMaalouf({ ...of, blas: counted }, options)
      const space = { featureSize: width, intercept: false }
      expect(maaloufPoints(space, options)).toBe(set.points.rows)
      expect(maaloufPreconditions(space, options)).toEqual(await maalouf.preconditions(of, options))
      const size = { features: width, targets: 3, operations: of.map.operations }
      const planned = maaloufOperations(set.points.rows, size, ridgeDistilled)
      expect(planned / operations()).toBeGreaterThan(0.97)
      expect(planned / operations()).toBeLessThan(1.03)
    },
  )
})

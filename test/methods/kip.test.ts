import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { matrix, relativeError } from '#core/matrix'
import { randomStream } from '#core/random'
import { coupling } from '#features/coupling'
import { dense } from '#features/dense'
import { rebuildFeatureMap } from '#features/index'
import { createKernel } from '#kernels/index'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { KernelSet, KernelTask } from '#methods/kernel-task'
import { differentiable } from '#methods/kernel-options'
import { kip } from '#methods/kip'
import type { KipState } from '#methods/kip'
import type { KipOptions } from '#methods/kip/options'
import { regressionLoss } from '#methods/kip/regression-loss'
import { drawBalanced, drawSupport } from '#methods/kip/support'
import { restoreVariables, storeVariables } from '#methods/kip/variables'
import { labelSolve } from '#methods/kernel-label-solve'
import { predictKernelRidge, trainKernelRidge } from '#models/kernel-ridge'
import { petals, withFeatures } from './kip-tasks.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas({})).blas
})
afterAll(() => blas.close())

const streams = (...tags: (string | number)[]) => randomStream(5, 'kip', ...tags)
const start = (task: KernelTask, options: Partial<KipOptions>) =>
  kip.init(task, kip.options.parse(options), streams)
const advance = async (state: KipState, steps = Infinity): Promise<KipState> => {
  for (let done = 0; done < steps; done++) {
    const step = await kip.step(state)
    state = step.state
    if (step.done) break
  }
  return state
}
const distil = async (task: KernelTask, options: Partial<KipOptions>): Promise<KernelSet> =>
  kip.finish(await advance(await start(task, options)))

/** Share of new petals that the set's own recipe classifies rightly. */
async function accuracy(set: KernelSet): Promise<number> {
  const test = petals(600, blas, 99)
  const map = set.features && (await rebuildFeatureMap(set.features, blas, set.features.weights))
  const kernel = createKernel(set.training.kernel, map && differentiable(map))
  const { ridge, labelOffset: offset } = set.training
  const model = await trainKernelRidge(kernel, { ...set, ridge, offset }, blas)
  const scores = await predictKernelRidge(model, test.inputs, blas)
  let right = 0
  for (let i = 0; i < 600; i++) {
    const row = Array.from(scores.data.subarray(3 * i, 3 * i + 3))
    if (row.indexOf(Math.max(...row)) === test.classes[i]) right += 1
  }
  return right / 600
}

describe('kip', () => {
  const options: Partial<KipOptions> = { ipc: 2, steps: 100, batch: 200 }

  it.each([
    ['ntk', {}],
    ['ntk', { kernelDepth: 2, learnLabels: true }],
    ['nngp', {}],
    ['rbf', { learnLabels: true }],
  ] as const)('teaches the petals through %s %o', async (kernel, more) => {
    const task = petals(900, blas)
    const before = await distil(task, { ...options, ...more, kernel, steps: 0 })
    const after = await distil(task, { ...options, ...more, kernel })
    expect(after.training.loss).toBeLessThan(0.5 * before.training.loss)
    expect(await accuracy(after)).toBeGreaterThan(0.95)
    expect(after.points.rows).toBe(6)
    expect(relativeError(after.labels, before.labels) > 0).toBe('learnLabels' in more)
  })

  it('states the loss that its recipe has on all examples', async () => {
    const task = petals(900, blas)
    const set = await distil(task, { ...options, steps: 3 })
    const { kernel, ridge, labelOffset: offset, loss } = set.training
    const model = await trainKernelRidge(createKernel(kernel), { ...set, ridge, offset }, blas)
    const scores = await predictKernelRidge(model, task.inputs, blas)
    let squares = 0
    scores.data.forEach((value, at) => {
      squares += (value - Number(task.classes[Math.floor(at / 3)] === at % 3)) ** 2
    })
    expect(loss).toBeCloseTo(squares / (2 * 900 * 3), 12)
    expect(JSON.parse(JSON.stringify(set.options))).toMatchObject({ ipc: 2, steps: 3, kernel: { id: 'ntk' } })
  })

  it('goes on from what was stored to the same bits', async () => {
    const task = petals(300, blas)
    const settings = { ...options, steps: 20, learnLabels: true }
    const whole = (await advance(await start(task, settings))).variables
    const half = storeVariables((await advance(await start(task, settings), 9)).variables)
    const bytes = Object.entries(half.tensors).map(([name, { rows, cols, data }]) => {
      return [name, matrix(rows, cols, new Float64Array(data.slice().buffer))] as const
    })
    const again = await start(task, settings)
    const shape = { points: 6, inputs: 2, targets: 3 }
    const variables = restoreVariables({ ...half, tensors: Object.fromEntries(bytes) }, shape)
    if (!variables) throw new Error('not restored')
    expect((await advance({ ...again, variables })).variables).toEqual(whole)
    expect(restoreVariables(half, { ...shape, points: 7 })).toBeUndefined()
    expect(restoreVariables({ ...half, tensors: {} }, shape)).toBeUndefined()
  })

  it('is the same for the same seed only', async () => {
    const task = petals(300, blas)
    const [one, two] = [
      await distil(task, { ...options, steps: 5 }),
      await distil(task, { ...options, steps: 5 }),
    ]
    expect(two.points.data).toEqual(one.points.data)
    const other = await kip.init(task, kip.options.parse(options), (...tags) =>
      randomStream(6, 'kip', ...tags),
    )
    expect(relativeError(other.variables.points, one.points)).toBeGreaterThan(0.01)
  })

  it('works for numbers', async () => {
    const task = petals(300, blas)
    const targets = Float64Array.from(task.classes, (petal) => 5 + petal)
    const real = {
      ...task,
      target: { kind: 'real', names: ['kind'] } as const,
      examples: { ...task.examples, targets },
    }
    const set = await distil(real, { points: 8, steps: 60, kernel: 'rbf' })
    expect(set.training.labelOffset[0]).toBeCloseTo(6, 10)
    expect(set.classes).toBeUndefined()
    // Half the variance of the targets is 1/3.
    expect(set.training.loss).toBeLessThan(0.1)
  })

  it('says what does not go together', async () => {
    const task = petals(30, blas)
    const map = await coupling.create({ inputShape: [2], options: {}, seed: 1 }, blas)
    const featured = await withFeatures(task, map)
    const refused = async (given: KernelTask, more: Partial<KipOptions>, code: string) =>
      expect(start(given, { ipc: 1, ...more })).rejects.toMatchObject({ code })
    await refused(task, { kernel: 'features' }, 'usage/kernel-features')
    await refused(task, { variant: 'statistics' }, 'usage/kernel-features')
    await refused(featured, { kernel: 'ntk' }, 'usage/kernel-features')
    await refused(featured, {}, 'usage/no-derivative')
    await refused(task, { points: 7 }, 'usage/points-and-ipc')
    await refused(task, { ipc: 11 }, 'usage/too-few-examples')
    const diverging = await start(task, { ipc: 2, learningRate: 1e200, kernel: 'ntk', steps: 9 })
    await expect(advance(diverging)).rejects.toMatchObject({ code: expect.stringMatching(/^check\//) })
  })
})

describe('kip on features', () => {
  it.each(['statistics', 'batches', 'authors', 'authors-statistics'] as const)(
    'teaches the petals: %s',
    async (variant) => {
      const map = await dense.create(
        { inputShape: [2], options: { width: 40, activation: 'tanh', bias: true }, seed: 3 },
        blas,
      )
      const task = await withFeatures(petals(900, blas), map)
      const settings = { ipc: 2, batch: 200, variant, learningRate: 0.04, ridgeShare: 1e-9 }
      const before = await distil(task, { ...settings, steps: 0 })
      const after = await distil(task, { ...settings, steps: 150 })
      expect(after.training.loss).toBeLessThan(0.9 * before.training.loss)
      expect(await accuracy(after)).toBeGreaterThan(0.9)
      expect(after.features?.id).toBe('dense')
      expect(after.training.kernel).toEqual({ id: 'features', parameters: {} })
      if (!task.features) return
      // A step from statistics reads no example.
      if (variant === 'batches' || variant === 'authors') return
      const blind = { ...task.examples, inputsAt: () => Promise.reject(new Error('examples were read')) }
      const state = await start(task, { ...settings, steps: 2 })
      await advance({ ...state, plan: { ...state.plan, task: { ...task, examples: blind } } })
    },
  )
})

describe('label solve', () => {
  it('leaves the loss no slope in the labels', async () => {
    const task = petals(300, blas)
    for (const kernel of ['ntk', 'rbf'] as const) {
      const options = labelSolve.options.parse({ kernel, ipc: 5, ridgeShare: 1e-4 })
      const set = await labelSolve.finish(await labelSolve.init(task, options, streams))
      const targets = matrix(300, 3).data.map(
        (_, at) => Number(task.classes[Math.floor(at / 3)] === at % 3) - 1 / 3,
      )
      const at = async (labels: Matrix) =>
        regressionLoss(
          {
            kernel: createKernel(set.training.kernel),
            points: set.points,
            labels,
            inputs: task.inputs,
            targets: matrix(300, 3, targets),
            ridgeShare: 1e-4,
          },
          blas,
        )
      const solved = await at(set.labels)
      const plain = await at(
        matrix(
          15,
          3,
          set.labels.data.map((_, i) => Number(i % 3 === Math.floor(i / 3) % 3) - 1 / 3),
        ),
      )
      expect(solved.loss).toBeCloseTo(set.training.loss, 10)
      expect(solved.loss).toBeLessThan(plain.loss)
      const largest = (a: Matrix) => Math.max(...a.data.map(Math.abs))
      expect(largest(solved.ofLabels)).toBeLessThan(1e-7 * largest(plain.ofLabels))
    }
  })
})

describe('balanced draws', () => {
  it('share batches evenly, as far as classes go', () => {
    const groups = [Uint32Array.of(0, 1), Uint32Array.of(2, 3, 4, 5, 6), Uint32Array.of(7, 8, 9, 10, 11)]
    const drawn = drawBalanced(groups, 9, randomStream(1, 'draw'))
    expect(new Set(drawn).size).toBe(9)
    const counts = groups.map((group) => drawn.filter((index) => group.includes(index)).length)
    expect(counts.toSorted()).toEqual([2, 3, 4])
    expect(drawBalanced(groups, 100, randomStream(1, 'draw')).toSorted()).toEqual(
      Uint32Array.from({ length: 12 }, (_, i) => i),
    )
    const support = drawSupport(groups, 6, randomStream(1, 'support'))
    support.forEach((index, i) => expect(groups[i % 3].includes(index)).toBe(true))
    expect(new Set(support).size).toBe(6)
  })
})

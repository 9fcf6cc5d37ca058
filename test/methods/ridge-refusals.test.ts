import { afterAll, describe, expect, test } from 'vitest'
import { RetortError } from '#core/errors'
import { matrix } from '#core/matrix'
import { chooseBlas } from '#linalg/provider'
import { distillRidge, ridge } from '#methods/ridge'
import { adviseRidge } from '#methods/ridge/advice'
import { ridgeOptions, type RidgeOptions } from '#methods/ridge-options'
import { theorems } from '#methods/theorems'
import { retrained } from './plain-ridge.ts'
import { ridgeTaskOf, type TaskSettings } from './ridge-tasks.ts'

const { blas } = await chooseBlas()
afterAll(() => blas.close())

async function refusal(settings: TaskSettings, options: Partial<RidgeOptions>): Promise<RetortError> {
  try {
    await distillRidge(ridgeTaskOf(blas, settings), options)
  } catch (error) {
    if (error instanceof RetortError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('options that cannot be met are refused with the fix', () => {
  test.each<[string, TaskSettings, Partial<RidgeOptions>, string, RegExp]>([
    ['both counts', {}, { points: 8, ipc: 2 }, 'usage/points', /--points or --ipc/],
    ['ipc without classes', { kind: 'real' }, { ipc: 1 }, 'usage/ipc', /--points/],
    ['one-hot numbers', { kind: 'real' }, { labelEncoding: 'one-hot' }, 'usage/label-encoding', /soft/],
    [
      'realistic, one-hot',
      {},
      { variant: 'realistic', labelEncoding: 'one-hot' },
      'usage/label-encoding',
      /paper-realistic/,
    ],
    ['points of a d-set', {}, { variant: 'd-set', points: 5 }, 'usage/points', /out/],
    ['labels of a d-set', {}, { variant: 'd-set', labelEncoding: 'centred' }, 'usage/label-encoding', /out/],
    ['λ_S of a d-set', {}, { variant: 'd-set', ridgeDistilled: 3 }, 'usage/ridge-distilled', /--ridge 3/],
    ['m < rank', {}, { points: 3 }, 'usage/too-few-points', /--points 4.*--allow-fewer/],
    [
      'm < k, one-hot',
      { rank: 2 },
      { points: 3, labelEncoding: 'one-hot' },
      'usage/too-few-points',
      /--label-encoding soft/,
    ],
    [
      'm < k, one-hot, allowed',
      {},
      { points: 3, labelEncoding: 'one-hot', allowFewer: true },
      'usage/too-few-points',
      /--points 4/,
    ],
    [
      'mean out of reach',
      { targets: 6, inputs: 2, intercept: true },
      { labelEncoding: 'one-hot' },
      'usage/labels-unreachable',
      /soft/,
    ],
    [
      'more points than examples',
      { examples: 20 },
      { points: 24, variant: 'realistic' },
      'data/too-few-examples',
      /--points 20/,
    ],
    [
      'D of real examples',
      {},
      { points: 8, variant: 'paper-realistic', labelEncoding: 'one-hot', ridgeDistilled: 5 },
      'usage/ridge-bound',
      /--variant realistic|--on-bound/,
    ],
  ])('%s', async (_name, settings, options, code, hint) => {
    const error = await refusal(settings, options)
    expect(error.code).toBe(code)
    expect(error.hint).toMatch(hint)
    expect(error.message).not.toMatch(/undefined|NaN/)
  })

  test('weights that are not finite', async () => {
    const task = ridgeTaskOf(blas)
    const weight = matrix(
      4,
      12,
      task.model.weight.data.map((value, at) => (at === 5 ? NaN : value)),
    )
    for (const variant of ['noise', 'realistic', 'd-set'] as const) {
      await expect(
        distillRidge({ ...task, model: { ...task.model, weight } }, { variant }),
      ).rejects.toMatchObject({
        code: 'data/not-finite',
      })
    }
  })

  test('the Eckart–Young figure stands in the refusal', async () => {
    const error = await refusal({}, { points: 2 })
    const { errorByPoints } = await adviseRidge(ridgeTaskOf(blas), ridgeOptions.parse({ points: 2 }))
    expect(error.values).toMatchObject({ points: 2, needed: 4, rank: 4, relativeError: errorByPoints[2] })
    expect(error.why).toContain(String(Number(errorByPoints[2].toPrecision(3))))
  })

  test('labels of Algorithm 1 that lack rank', async () => {
    const task = ridgeTaskOf(blas)
    const same = {
      ...task,
      references: async (count: number) => ({
        points: matrix(count, 12, new Float64Array(count * 12).fill(1)),
      }),
    }
    await expect(distillRidge(same, { points: 8, variant: 'paper-realistic' })).rejects.toMatchObject({
      code: 'usage/label-rank',
    })
  })
})

describe('defaults', () => {
  test('labels are one-hot where these can carry the model, else soft', async () => {
    const encoding = async (settings: TaskSettings, options: Partial<RidgeOptions>) =>
      (await distillRidge(ridgeTaskOf(blas, settings), options)).options.labelEncoding
    expect(await encoding({}, {})).toBe('one-hot')
    expect(await encoding({ intercept: true }, {})).toBe('one-hot')
    expect(await encoding({ rank: 2 }, { points: 2 })).toBe('soft')
    // With fixed labels a W short of rank makes points short of rank, which storage as float32 would not survive.
    expect(await encoding({ rank: 2 }, { points: 4 })).toBe('soft')
    expect(await encoding({ rank: 2 }, { points: 40 })).toBe('one-hot')
    expect(await encoding({ targets: 6, inputs: 2, intercept: true }, {})).toBe('soft')
    expect(await encoding({}, { variant: 'realistic' })).toBe('soft')
    expect(await encoding({ kind: 'real' }, {})).toBe('soft')
    expect(await encoding({}, { ridgeDistilled: 1e3, onBound: 'soft' })).toBe('soft')
    expect(await encoding({}, { ridgeDistilled: 1e3, onBound: 'scale' })).toBe('one-hot')
  })

  test('m is one per class, or the fewest for numbers', async () => {
    expect((await distillRidge(ridgeTaskOf(blas))).points.rows).toBe(4)
    expect((await distillRidge(ridgeTaskOf(blas, { kind: 'real', targetRank: 2 }))).points.rows).toBe(2)
  })
})

describe('preconditions', () => {
  test('are measured before anything is computed, and are the ones that refuse', async () => {
    const task = ridgeTaskOf(blas, { intercept: true })
    const list = await ridge.preconditions(
      task,
      ridgeOptions.parse({ points: 2, labelEncoding: 'one-hot', ridgeDistilled: 9 }),
    )
    expect(list.map(({ id, holds }) => [id, holds])).toEqual([
      ['finite-model', true],
      ['weight-rank', true],
      ['enough-points', false],
      ['labels-reach-model', expect.any(Boolean)],
      ['label-mean', expect.any(Boolean)],
      ['ridge-bound', false],
    ])
    expect(list.find(({ id }) => id === 'weight-rank')!.measured).toBe(3)
    for (const { theorem } of list) expect(theorems.map(({ source }) => source)).toContain(theorem)
  })

  test('a model with an intercept that is none of ridge regression is refused, or carried by soft labels', async () => {
    const task = ridgeTaskOf(blas, { intercept: true })
    const weight = matrix(
      4,
      12,
      task.model.weight.data.map((value, at) => value + (at < 12 ? 1 : 0)),
    )
    const other = { ...task, model: { ...task.model, weight } }
    await expect(distillRidge(other, { points: 8, labelEncoding: 'one-hot' })).rejects.toMatchObject({
      code: 'usage/labels-unreachable',
    })
    expect(retrained(await distillRidge(other, { points: 8 })).error).toBeLessThan(1e-13)
  })

  test('advice gives the fewest points by encoding with their theorem', async () => {
    const { minimum, weight, theorem } = await adviseRidge(
      ridgeTaskOf(blas, { rank: 2 }),
      ridgeOptions.parse({}),
    )
    expect(weight).toMatchObject({ rows: 4, cols: 12, rank: 2, fullRank: false })
    expect(minimum['one-hot']?.points).toBe(4)
    expect(minimum.centred?.points).toBe(3)
    expect(minimum.soft?.points).toBe(2)
    expect(minimum.soft?.theorem.id).toBe('free-labels')
    expect(theorem.id).toBe('free-labels')
    expect((await adviseRidge(ridgeTaskOf(blas), ridgeOptions.parse({}))).theorem.id).toBe('row-space-noise')
  })
})

import { afterAll, describe, expect, test } from 'vitest'
import { matrix, relativeError, type Matrix } from '#core/matrix'
import { chooseBlas } from '#linalg/provider'
import { distillRidge, ridge } from '#methods/ridge'
import { adviseRidge } from '#methods/ridge/advice'
import { ridgeOptions, type RidgeOptions } from '#methods/ridge-options'
import { jacobiSvd } from './jacobi.ts'
import { plainRidge, product, retrained, withBias } from './plain-ridge.ts'
import { ridgeTaskOf, taskFromData, type TaskSettings } from './ridge-tasks.ts'

const { blas } = await chooseBlas()
afterAll(() => blas.close())

/** The set trains to the model of the data: by its own record, and by the model fitted again from the data. */
async function expectExact(settings: TaskSettings, options: Partial<RidgeOptions>): Promise<void> {
  const task = ridgeTaskOf(blas, settings)
  const set = await distillRidge(task, options)
  const { weight, bias, error, condition } = retrained(set)
  expect(set.points.rows).toBe(set.labels.rows)
  expect(error).toBeLessThan(1e-12 * condition)
  expect(error).toBeLessThan(1e-9)
  const original = options.labelEncoding === 'centred' ? centredFit(task) : task.model
  expect(relativeError(withBias({ weight, bias }), withBias(original))).toBeLessThan(1e-11 * condition)
}

function centredFit({ inputs, labels, model }: ReturnType<typeof ridgeTaskOf>) {
  const centred = matrix(
    labels.rows,
    labels.cols,
    labels.data.map((value) => value - 1 / labels.cols),
  )
  return plainRidge(inputs, centred, model.ridge, model.intercept)
}

describe('W comes back exactly', () => {
  const encodings = ['one-hot', 'centred', 'soft'] as const
  for (const labelEncoding of encodings) {
    for (const intercept of [false, true]) {
      test.each([4, 5, 8, 11, 12, 13, 17, 40, 60])(
        `noise, ${labelEncoding}, intercept ${intercept}, m = %i`,
        async (points) => {
          if (labelEncoding !== 'soft' || !intercept || points > 4) {
            for (const ridge of [0, 0.7]) await expectExact({ ridge, intercept }, { points, labelEncoding })
          }
          await expectExact({ intercept }, { points, labelEncoding, noiseSize: 3, variant: 'paper-noise' })
        },
      )
    }
  }

  test.each(['plus', 'minus', 'nearest'] as const)('λ_S below its bound, root %s', async (roots) => {
    for (const points of [4, 5, 12, 17, 40]) {
      for (const intercept of [false, true]) {
        for (const variant of ['noise', 'paper-noise'] as const) {
          for (const labelEncoding of ['one-hot', 'centred'] as const) {
            const options = { points, roots, variant, labelEncoding }
            const largest = await boundOf({ intercept }, options)
            for (const share of [0.1, 0.9, 1]) {
              await expectExact({ intercept }, { ...options, ridgeDistilled: share * largest })
            }
          }
        }
      }
    }
  })

  test.each(['scale', 'soft'] as const)('λ_S above its bound with --on-bound %s', async (onBound) => {
    for (const points of [4, 7, 30]) {
      for (const intercept of [false, true]) {
        for (const variant of ['noise', 'paper-noise'] as const) {
          await expectExact({ intercept }, { points, variant, onBound, ridgeDistilled: 500 })
        }
      }
    }
  })

  test('soft labels serve every λ_S', async () => {
    for (const ridgeDistilled of [1e-6, 1, 1e4]) {
      for (const variant of ['noise', 'paper-noise', 'realistic'] as const) {
        await expectExact({}, { points: 9, variant, labelEncoding: 'soft', ridgeDistilled })
        await expectExact({ intercept: true }, { points: 9, variant, labelEncoding: 'soft', ridgeDistilled })
      }
    }
  })

  test.each([4, 5, 8, 12, 13, 20, 40])('near real examples, m = %i', async (points) => {
    for (const variant of ['realistic', 'paper-realistic'] as const) {
      for (const ridge of [0, 0.7]) {
        await expectExact({ ridge }, { points, variant })
        if (points > 4) await expectExact({ ridge, intercept: true }, { points, variant })
      }
    }
    await expectExact({}, { points, variant: 'paper-realistic', labelEncoding: 'one-hot' })
    await expectExact({ intercept: true }, { points, variant: 'paper-realistic', labelEncoding: 'one-hot' })
  })

  test('every shape from 1 × 1 up', async () => {
    for (const targets of [1, 2, 3, 5]) {
      for (const inputs of [1, 2, 3, 4, 9]) {
        for (const intercept of [false, true]) {
          for (const kind of ['class', 'real'] as const) {
            if (kind === 'class' && targets === 1) continue
            const task = { targets, inputs, intercept, kind, examples: 30 }
            await expectExact(task, {})
            const least = Math.min(targets, inputs) + (intercept ? 1 : 0)
            for (const points of [least, least + 1, 14]) {
              await expectExact(task, { points, labelEncoding: 'soft' })
              await expectExact(task, { points, variant: 'realistic' })
              await expectExact(task, { points, labelEncoding: 'soft', variant: 'paper-noise' })
            }
            await expectExact(task, { variant: 'd-set' })
          }
        }
      }
    }
  })

  test('rank-deficient W: inputs or targets of low rank', async () => {
    for (const settings of [{ rank: 2 }, { kind: 'real', targetRank: 2 }] as const) {
      for (const intercept of [false, true]) {
        for (const points of [3, 4, 6, 20]) {
          for (const variant of ['noise', 'realistic', 'paper-noise'] as const) {
            await expectExact({ ...settings, intercept }, { points, variant, labelEncoding: 'soft' })
          }
        }
      }
    }
    for (const points of [4, 6, 20]) await expectExact({ rank: 2 }, { points, labelEncoding: 'one-hot' })
  })

  test('repeated singular values of W', async () => {
    const inputs = matrix(12, 6)
    const labels = matrix(12, 3)
    for (let i = 0; i < 12; i++) {
      inputs.data[i * 6 + (i % 3)] = 1
      labels.data[i * 3 + (i % 3)] = 1
    }
    const task = taskFromData(blas, inputs, labels, { ridge: 1, intercept: false, kind: 'class', seed: 0 })
    for (const points of [3, 7, 20]) {
      for (const ridgeDistilled of [0, 0.3]) {
        for (const variant of ['noise', 'paper-noise'] as const) {
          const set = await distillRidge(task, { points, ridgeDistilled, variant })
          expect(retrained(set).error).toBeLessThan(1e-13)
        }
      }
    }
  })

  test('a zero W', async () => {
    const inputs = matrix(
      8,
      3,
      Float64Array.from({ length: 24 }, (_, i) => Math.sin(i)),
    )
    for (const intercept of [false, true]) {
      const task = taskFromData(blas, inputs, matrix(8, 2), { ridge: 1, intercept, kind: 'real', seed: 0 })
      for (const points of [1, 2, 5]) {
        expect(retrained(await distillRidge(task, { points })).error).toBeLessThan(1e-14)
      }
    }
  })
})

test('float32 storage costs float32 digits, by default, whatever the rank of data and model', async () => {
  for (const settings of [
    {},
    { rank: 2 },
    { rank: 7 },
    { targets: 6, inputs: 3 },
    { kind: 'real', targetRank: 2 },
  ] as const) {
    for (const intercept of [false, true]) {
      for (const points of [undefined, 4, 9, 12, 13, 30]) {
        for (const variant of ['noise', 'realistic', 'd-set'] as const) {
          const task = ridgeTaskOf(blas, { ...settings, intercept })
          const fewest = (await adviseRidge(task, ridgeOptions.parse({ variant }))).minimum.soft!.points
          if (points !== undefined && (variant === 'd-set' || points < fewest)) continue
          const set = await distillRidge(task, { points, variant })
          const stored = { ...set, points: rounded(set.points), labels: rounded(set.labels) }
          expect(retrained(stored).error).toBeLessThan(1e-5)
        }
      }
    }
  }
})

test('rows are points: Y_Sᵀ D = W with D = X_S⁺ᵀ on 5 × 3', async () => {
  const task = ridgeTaskOf(blas, { targets: 2, inputs: 3, ridge: 0.1 })
  const { points, labels } = await distillRidge(task, { points: 5 })
  expect([points.rows, points.cols, labels.rows, labels.cols]).toEqual([5, 3, 5, 2])
  const { u, values, v } = jacobiSvd(points)
  const weight = matrix(2, 3)
  for (let c = 0; c < 2; c++) {
    for (let j = 0; j < 3; j++) {
      for (let i = 0; i < 5; i++) {
        for (let r = 0; r < 3; r++) {
          weight.data[c * 3 + j] +=
            labels.data[i * 2 + c] * u.data[i * 3 + r] * (1 / values[r]) * v.data[j * 3 + r]
        }
      }
    }
  }
  expect(relativeError(weight, task.model.weight)).toBeLessThan(1e-14)
})

test('the noise costs no conditioning: cond(X_S) = cond(Y_S⁺ W), and 1 with soft labels', async () => {
  const task = ridgeTaskOf(blas, { inputs: 20 })
  const { values } = jacobiSvd(task.model.weight)
  const weight = values[0] / values[3]
  for (const noiseSize of [1, weight]) {
    for (const points of [4, 12, 20]) {
      expect(retrained(await distillRidge(task, { points, noiseSize })).condition).toBeCloseTo(weight, 9)
    }
  }
  for (const points of [4, 12, 20, 30]) {
    expect(retrained(await distillRidge(task, { points, labelEncoding: 'soft' })).condition).toBeCloseTo(1, 9)
  }
})

test('larger noise shrinks where λ_S leaves no room for it', async () => {
  for (const variant of ['noise', 'paper-noise'] as const) {
    const options = { points: 9, variant, noiseSize: variant === 'noise' ? 0.2 : 30 }
    const ridgeDistilled = 0.9 * (await boundOf({}, options))
    await expectExact({}, { ...options, ridgeDistilled })
  }
})

test('a direction of W that is all but rounding is left out of points for fixed labels', async () => {
  const task = ridgeTaskOf(blas)
  const { u, values, v } = jacobiSvd(task.model.weight)
  values[3] = 1e-11 * values[0]
  const weight = matrix(4, 12)
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 12; j++) {
      for (let r = 0; r < 4; r++) {
        weight.data[i * 12 + j] += u.data[i * 4 + r] * values[r] * v.data[j * 4 + r]
      }
    }
  }
  const slanted = { ...task, model: { ...task.model, weight } }
  const fixed = retrained(await distillRidge(slanted, { labelEncoding: 'one-hot' }))
  expect(fixed.error).toBeLessThan(1e-10)
  expect(fixed.condition).toBeLessThan(100)
  // Soft labels carry it without loss, and are the default here.
  expect(retrained(await distillRidge(slanted)).error).toBeLessThan(1e-14)
})

test('labels are scaled no more than λ_S asks for', async () => {
  const largest = await boundOf({}, { points: 8 })
  const set = await distillRidge(ridgeTaskOf(blas), {
    points: 8,
    onBound: 'scale',
    ridgeDistilled: 9 * largest,
  })
  expect(Math.max(...set.labels.data)).toBeCloseTo(3, 12)
  expect(set.options).toMatchObject({ onBound: 'scale', labelEncoding: 'one-hot' })
  expect(Number(set.options.labelScale)).toBeCloseTo(3, 12)
})

test('points with soft labels have the mean square of the data, about its mean with an intercept', async () => {
  for (const intercept of [false, true]) {
    const task = ridgeTaskOf(blas, { intercept })
    const { points } = await distillRidge(task, { points: 9, labelEncoding: 'soft' })
    expect(meanSquare(points, intercept) / meanSquare(task.inputs, intercept)).toBeCloseTo(
      intercept ? 8 / 9 : 1,
      12,
    )
  }
})

test('Corollary 4.1.1 returns examples of full rank as they are, at every λ_S', async () => {
  for (const ridgeDistilled of [0, 2]) {
    for (const variant of ['realistic', 'paper-realistic'] as const) {
      const set = await distillRidge(ridgeTaskOf(blas), { points: 20, variant, ridgeDistilled })
      expect(relativeError(set.points, set.references!)).toBeLessThan(1e-12)
      expect(retrained(set).error).toBeLessThan(1e-13)
    }
  }
})

test('the noise differs by seed and is the same again for the same seed', async () => {
  const task = ridgeTaskOf(blas)
  for (const variant of ['noise', 'paper-noise', 'realistic', 'd-set'] as const) {
    for (const labelEncoding of [undefined, 'soft'] as const) {
      const points = variant === 'd-set' ? undefined : 9
      const made = (seed: number) => distillRidge({ ...task, seed }, { points, variant, labelEncoding })
      const [first, again, other] = [await made(1), await made(1), await made(2)]
      expect(again).toEqual(first)
      if (variant.endsWith('noise')) expect(relativeError(other.points, first.points)).toBeGreaterThan(0.01)
    }
  }
})

test('symmetries: permuted classes permute the labels, scaled inputs scale the points', async () => {
  const task = ridgeTaskOf(blas, { targets: 3, inputs: 7 })
  const { weight } = task.model
  const order = [2, 0, 1]
  const permuted = matrix(3, 7)
  order.forEach((from, to) => permuted.data.set(weight.data.subarray(from * 7, from * 7 + 7), to * 7))
  const points = 3
  const plain = await distillRidge(task, { points })
  const swapped = await distillRidge({ ...task, model: { ...task.model, weight: permuted } }, { points })
  order.forEach((from, to) => {
    for (let j = 0; j < 7; j++) {
      expect(swapped.points.data[to * 7 + j]).toBeCloseTo(plain.points.data[from * 7 + j], 12)
    }
  })
  const tenth = matrix(
    3,
    7,
    weight.data.map((value) => value / 10),
  )
  const scaled = await distillRidge({ ...task, model: { ...task.model, weight: tenth } }, { points })
  for (let at = 0; at < 21; at++) expect(scaled.points.data[at]).toBeCloseTo(10 * plain.points.data[at], 11)
})

test('one-hot labels at m = k give W⁺ itself', async () => {
  const task = ridgeTaskOf(blas)
  const { points, labels, classes } = await distillRidge(task)
  expect([...labels.data]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
  expect([...classes!]).toEqual([0, 1, 2, 3])
  const unit = product(task.model.weight, transposedPoints(points))
  for (let i = 0; i < 16; i++) expect(unit.data[i]).toBeCloseTo(i % 5 === 0 ? 1 : 0, 12)
})

test('the method runs step by step, and says what it holds', async () => {
  const task = ridgeTaskOf(blas)
  const options = ridgeOptions.parse({ ipc: 3 })
  const state = await ridge.init(task, options, () => {
    throw new Error('drawn too early')
  })
  expect(state.stage).toBe('planned')
  const set = await distillRidge(task, { ipc: 3 })
  expect(set).toMatchObject({ method: 'ridge', seed: 0, provenance: 'test', inputShape: [12] })
  expect(set.options).toMatchObject({ variant: 'noise', points: 12, ipc: 3, labelEncoding: 'one-hot' })
  expect(JSON.parse(JSON.stringify(set.options))).toEqual(set.options)
  expect(set.training).toMatchObject({ kind: 'ridge', ridge: 0, originalRidge: 0.7, intercept: false })
})

function meanSquare(a: Matrix, aboutMean: boolean): number {
  let total = 0
  for (let j = 0; j < a.cols; j++) {
    const column = Array.from({ length: a.rows }, (_, i) => a.data[i * a.cols + j])
    const mean = aboutMean ? column.reduce((sum, value) => sum + value, 0) / a.rows : 0
    for (const value of column) total += (value - mean) ** 2
  }
  return total / (a.rows * a.cols)
}

function rounded(a: Matrix): Matrix {
  return matrix(a.rows, a.cols, a.data.map(Math.fround))
}

function transposedPoints(a: { rows: number; cols: number; data: Float64Array }) {
  const result = matrix(a.cols, a.rows)
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < a.cols; j++) result.data[j * a.rows + i] = a.data[i * a.cols + j]
  return result
}

async function boundOf(settings: TaskSettings, options: Partial<RidgeOptions>): Promise<number> {
  const task = ridgeTaskOf(blas, settings)
  const list = await ridge.preconditions(task, ridgeOptions.parse({ ...options, ridgeDistilled: 1e9 }))
  return Number(list.find(({ id }) => id === 'ridge-bound')!.needed.replace('at most ', ''))
}

import { afterAll, describe, expect, test } from 'vitest'
import { relativeError } from '#core/matrix'
import { chooseBlas } from '#linalg/provider'
import { distillRidge } from '#methods/ridge'
import { dataRoot, realData } from '../real-data.ts'
import { errorsOf, realTask, type RealTask } from './real-tasks.ts'

const { blas } = await chooseBlas()
afterAll(() => blas.close())

describe.skipIf(!dataRoot)('MNIST (needs RETORT_DATA)', () => {
  let once: Promise<RealTask> | undefined
  const mnist = () => (once ??= realTask(blas, realData('mnist')))

  test('W comes back from 10, 100 and 500 points; the realistic ones stay near', async () => {
    // Published distances of Corollary 4.1.1: 0.491 and 0.095; of the closed form without floor: 0.104 and 0.0013.
    const nearest = new Map([
      [10, 1],
      [100, 0.11],
      [500, 0.008],
    ])
    for (const [ridge, intercept] of [
      [1, false],
      [1e3, false],
      [10, true],
    ] as const) {
      const task = await (await mnist()).at(ridge, intercept)
      for (const [points, distance] of nearest) {
        for (const variant of ['noise', 'realistic'] as const) {
          const set = await distillRidge(task, { points, variant })
          const { float64, float32 } = await errorsOf(blas, set)
          expect(float64).toBeLessThan(1e-12)
          expect(float32).toBeLessThan(1e-5)
          if (set.references) expect(relativeError(set.points, set.references)).toBeLessThan(distance)
        }
      }
    }
  })

  test('a d-set serves λ from 1 to 1000', async () => {
    const set = await distillRidge(await (await mnist()).at(100, true), { variant: 'd-set' })
    expect(set.points.rows).toBeGreaterThan(700)
    const own = await errorsOf(blas, set)
    expect(own.float64).toBeLessThan(1e-12)
    expect(own.float32).toBeLessThan(1e-5)
    for (const ridge of [1, 1000]) {
      const { model } = await (await mnist()).at(ridge, true)
      const other = { ...set, training: { ...set.training, ...model, originalRidge: 'all' as const } }
      // W itself follows from the statistics to about ε ‖S‖ / λ only; a d-set keeps nearly that.
      expect((await errorsOf(blas, other)).float64).toBeLessThan(1e-11 + 1e-9 / ridge)
    }
  })
})

describe.skipIf(!dataRoot)('tables and embeddings (needs RETORT_DATA)', () => {
  test.each([
    ['digits', undefined],
    ['embeddings', undefined],
    ['tabular/letter-recognition.data', '0'],
    ['tabular/adult.data', undefined],
    ['tabular/wine_data.csv', undefined],
  ])('%s', async (path, target) => {
    const real = await realTask(blas, realData(...path.split('/')), target)
    for (const intercept of [true, false]) {
      const task = await real.at(1, intercept)
      for (const points of [undefined, 100]) {
        for (const variant of ['noise', 'realistic', 'd-set'] as const) {
          if (variant === 'd-set' && points !== undefined) continue
          const set = await distillRidge(task, { points, variant })
          const { float64, float32 } = await errorsOf(blas, set)
          expect(float64).toBeLessThan(1e-12)
          expect(float32).toBeLessThan(1e-5)
        }
      }
    }
  })
})

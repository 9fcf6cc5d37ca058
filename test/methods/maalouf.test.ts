import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { matrix, relativeError } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { distillMaalouf, maalouf, maaloufOptions } from '#methods/maalouf'
import { featureTaskOf, type FeatureSettings } from './feature-tasks.ts'
import { plainRidge, withBias } from './plain-ridge.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

const fourier: FeatureSettings = {
  kind: 'fourier',
  inputSize: 5,
  options: { width: 24, variance: 4 },
  targets: 3,
}
const cases: [string, FeatureSettings][] = [
  ['Fourier features, p > d', fourier],
  ['a widening network', { inputSize: 6, options: { widths: [20] }, targets: 2 }],
  [
    'a widening network with intercept',
    { inputSize: 6, options: { widths: [20] }, targets: 2, intercept: true },
  ],
  ['an invertible map', { kind: 'coupling', inputSize: 7, options: {}, targets: 2 }],
  // Features span a subspace only, which holds W.
  [
    'a deep linear network, p > d',
    { kind: 'linear-net', inputSize: 5, options: { widths: [12] }, targets: 2 },
  ],
]

describe.each(cases)('maalouf behind %s', (_name, settings) => {
  it.each(['real', 'gaussian'] as const)('%s points train to W for every λ_S', async (pointsFrom) => {
    const of = await featureTaskOf(blas, settings)
    for (const ridgeDistilled of [0, 0.3]) {
      const set = await distillMaalouf(of, { pointsFrom, ridgeDistilled })
      const p = of.map.featureSize
      expect(set.points.rows).toBe(p + Math.ceil(0.02 * p) + (of.model.intercept ? 1 : 0))
      const features = await of.map.forward(set.points, blas)
      const trained = plainRidge(features, set.labels, ridgeDistilled, of.model.intercept)
      expect(relativeError(withBias(trained), withBias(of.model))).toBeLessThan(1e-11 * trained.condition)
    }
  })
})

describe('maalouf', () => {
  it('takes real examples as they are', async () => {
    const of = await featureTaskOf(blas, fourier)
    const set = await distillMaalouf(of)
    expect(set.points.data).toEqual((await of.references(25)).points.data)
  })

  it('is better conditioned with a few points more', async () => {
    const of = await featureTaskOf(blas, fourier)
    const condition = async (oversampling: number) => {
      const set = await distillMaalouf(of, { oversampling, pointsFrom: 'gaussian' })
      return plainRidge(await of.map.forward(set.points, blas), set.labels, 0, false).condition
    }
    expect(await condition(0.5)).toBeLessThan((await condition(0)) / 3)
  })

  it('refuses fewer points than features, and says so beforehand', async () => {
    const of = await featureTaskOf(blas, fourier)
    await expect(distillMaalouf(of, { points: 23 })).rejects.toMatchObject({ code: 'usage/too-few-points' })
    const [condition] = await maalouf.preconditions(of, maaloufOptions.parse({ points: 23 }))
    expect(condition).toMatchObject({ id: 'enough-points', holds: false, measured: 23 })
  })

  it('refuses points whose features do not span the model', async () => {
    const of = await featureTaskOf(blas, fourier)
    const same = {
      ...of,
      references: async (count: number) => ({
        points: matrix(count, 5, new Float64Array(count * 5).fill(1)),
      }),
    }
    await expect(distillMaalouf(same)).rejects.toMatchObject({ code: 'check/rank', exitCode: 4 })
    const few = { ...of, references: async () => ({ points: matrix(4, 5) }) }
    await expect(distillMaalouf(few)).rejects.toMatchObject({ code: 'data/too-few-examples' })
  })
})

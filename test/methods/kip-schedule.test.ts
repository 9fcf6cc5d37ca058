import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { kip } from '#methods/kip'
import type { KipState } from '#methods/kip'
import { rateAt } from '#methods/kip/schedule'
import { petals } from './kip-tasks.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas({})).blas
})
afterAll(() => blas.close())

describe('the learning rate by step', () => {
  it('stays, or falls along half a cosine from all of it to nothing', () => {
    for (const steps of [1, 2, 7, 500]) {
      const cosine = Array.from({ length: steps }, (_, t) => rateAt(t, { schedule: 'cosine', steps }, 0.04))
      expect(cosine[0]).toBe(0.04)
      cosine.forEach((rate, t) => {
        expect(rateAt(t, { schedule: 'constant', steps }, 0.04)).toBe(0.04)
        expect(rate).toBeCloseTo(0.02 + 0.02 * Math.cos((Math.PI * t) / steps), 15)
        if (t > 0) expect(rate).toBeLessThan(cosine[t - 1])
        // Point symmetry about half the rate: t steps in, as much is lost as is left T − t steps in.
        if (t > 0) expect(rate + cosine[steps - t]).toBeCloseTo(0.04, 15)
      })
      expect(cosine[steps - 1]).toBeGreaterThan(0)
    }
  })

  it('scales what a step changes of points and labels', async () => {
    const options = { ipc: 2, batch: 60, learnLabels: true, learningRate: 0.03, steps: 10 }
    const streams = (...tags: (string | number)[]) => randomStream(5, 'kip', ...tags)
    const start = (schedule: 'constant' | 'cosine') =>
      kip.init(petals(300, blas), kip.options.parse({ ...options, schedule }), streams)
    const stepped = async (state: KipState) => (await kip.step(state)).state
    const falling = await start('cosine')
    let state = await start('constant')
    for (let t = 0; t < 10; t++) {
      const next = await stepped(state)
      const { variables } = await stepped({ ...falling, variables: state.variables })
      const share = 0.5 * (1 + Math.cos((Math.PI * t) / 10))
      for (const name of ['points', 'labels'] as const) {
        const before = state.variables[name].data
        const whole = next.variables[name].data
        const part = variables[name].data
        before.forEach((value, i) => {
          expect(Math.abs(part[i] - value - share * (whole[i] - value))).toBeLessThan(1e-14)
        })
        expect(whole.some((value, i) => Math.abs(value - before[i]) > 1e-4)).toBe(true)
      }
      state = next
    }
  })

  it('is told by the set', async () => {
    const streams = (...tags: (string | number)[]) => randomStream(5, 'kip', ...tags)
    const settled = async (more: object) => {
      const options = kip.options.parse({ ipc: 1, batch: 30, steps: 0, ...more })
      return (await kip.finish(await kip.init(petals(90, blas), options, streams))).options
    }
    expect(await settled({})).toMatchObject({ schedule: 'constant', learningRate: 0.04 })
    const given = { schedule: 'cosine', learningRate: 0.2 }
    expect(await settled(given)).toMatchObject(given)
  })
})

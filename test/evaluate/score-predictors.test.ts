import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '#core/dataset'
import { randomStream } from '#core/random'
import { errorOf, scorePredictors } from '#evaluate/score-predictors'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'

let blas: Blas
beforeAll(async () => ({ blas } = await chooseBlas({ threads: 1 })))
afterAll(() => blas.close())

const random = randomStream(3, 'predictors')
const inputs = random.fillNormal(new Float64Array(300 * 2))
const real = Float64Array.from({ length: 300 }, (_, i) => 5 + inputs[2 * i] + random.normal())

function batches(targets: Batch['targets']): Batch[] {
  return [0, 120].map((start) => {
    const end = start === 0 ? 120 : 300
    return {
      start,
      count: end - start,
      inputs: inputs.slice(2 * start, 2 * end),
      targets: targets.slice(start, end),
    }
  })
}

const common = { inputSize: 2, preprocessing: { name: 'none' } as const }
const firstColumn = (offset: number) => async (x: { rows: number; data: Float64Array }) =>
  Float64Array.from({ length: x.rows }, (_, i) => offset + x.data[2 * i])

describe('scorePredictors', () => {
  test('a real target: the error is that of the definition', async () => {
    const task = { ...common, blas, batches: batches(real), target: { kind: 'real', names: ['y'] } as const }
    const [score, shifted] = await scorePredictors([firstColumn(5), firstColumn(6)], task)
    const mean = real.reduce((sum, y) => sum + y, 0) / 300
    const variance = real.reduce((sum, y) => sum + (y - mean) ** 2, 0)
    const squares = (offset: number) =>
      real.reduce((sum, y, i) => sum + (y - offset - inputs[2 * i]) ** 2, 0) / variance
    expect(errorOf(score)).toBeCloseTo(squares(5), 12)
    expect(errorOf(shifted)).toBeCloseTo(squares(6), 12)
    expect(score.interval[0]).toBeLessThan(score.value)
    expect(score.n).toBe(300)
  })

  test('two classes: the sign decides, and what is no number is never right', async () => {
    const classes = Int32Array.from({ length: 300 }, (_, i) => (inputs[2 * i] > 0.3 ? 1 : 0))
    const task = {
      ...common,
      blas,
      batches: batches(classes),
      target: { kind: 'class', names: ['a', 'b'] } as const,
    }
    const [exact, half, none] = await scorePredictors(
      [firstColumn(-0.3), firstColumn(0), async ({ rows }) => new Float64Array(rows).fill(NaN)],
      task,
    )
    expect(exact.value).toBe(1)
    const right = classes.reduce((sum, c, i) => sum + Number((inputs[2 * i] > 0 ? 1 : 0) === c), 0)
    expect(half.value).toBe(right / 300)
    expect(none.value).toBe(0)
  })

  test('there must be an example', async () => {
    const task = { ...common, blas, batches: [], target: { kind: 'real', names: ['y'] } as const }
    await expect(scorePredictors([firstColumn(0)], task)).rejects.toMatchObject({ code: 'data/empty-split' })
  })
})

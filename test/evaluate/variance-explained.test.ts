import { describe, expect, it } from 'vitest'
import { RetortError } from '#core/errors'
import { randomStream } from '#core/random'
import { addError, createVarianceExplained, finishVarianceExplained } from '#evaluate/variance-explained'

interface Sample {
  targets: Float64Array
  errors: Float64Array
}

/** Targets n × k with different scales, predictions off by `noise`. */
function sample(n: number, k: number, noise: number, seed: number, offset = 0): Sample {
  const random = randomStream(seed, 'variance-explained')
  const targets = new Float64Array(n * k)
  const errors = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < k; c++) {
      targets[i * k + c] = offset + (c + 1) * random.normal()
      errors[i] += (noise * random.normal()) ** 2
    }
  }
  return { targets, errors }
}

function accumulated({ targets, errors }: Sample, k: number) {
  const record = createVarianceExplained(targets.subarray(0, k))
  errors.forEach((error, i) => addError(record, targets, i * k, error))
  return finishVarianceExplained(record)
}

/** The definition, in two passes. */
function direct({ targets, errors }: Sample, k: number) {
  const n = errors.length
  const mean = Array.from(
    { length: k },
    (_, c) => errors.reduce((sum, _e, i) => sum + targets[i * k + c], 0) / n,
  )
  const deviations = Array.from(errors, (_, i) =>
    mean.reduce((sum, centre, c) => sum + (targets[i * k + c] - centre) ** 2, 0),
  )
  const total = deviations.reduce((sum, v) => sum + v, 0)
  const ratio = errors.reduce((sum, e) => sum + e, 0) / total
  const spread = errors.reduce((sum, e, i) => sum + (e - ratio * deviations[i]) ** 2, 0)
  const deviation = Math.sqrt(spread / (n * (n - 1))) / (total / n)
  return { value: 1 - ratio, half: 1.959963984540054 * deviation }
}

describe('variance explained', () => {
  it.each([
    [2, 1, 0.1, 0],
    [50, 1, 0.5, 0],
    [50, 3, 0.5, 0],
    [50, 3, 4, 0],
    [200, 2, 0.5, 1e6],
  ])('agrees with the two-pass definition (n %i, k %i, noise %f, offset %f)', (n, k, noise, offset) => {
    const data = sample(n, k, noise, 1, offset)
    const found = accumulated(data, k)
    const expected = direct(data, k)
    expect(found.value).toBeCloseTo(expected.value, 9)
    expect(found.interval[0]).toBeCloseTo(expected.value - expected.half, 8)
    expect(found.interval[1]).toBeCloseTo(Math.min(1, expected.value + expected.half), 8)
  })

  it('is 1 with no width for perfect predictions and may be negative', () => {
    const perfect = accumulated(sample(20, 2, 0, 2), 2)
    expect(perfect).toEqual({ value: 1, interval: [1, 1] })
    expect(accumulated(sample(200, 1, 3, 3), 1).value).toBeLessThan(0)
  })

  it('covers the true value in about 95 of 100 samples', () => {
    const noise = 0.6
    const truth = 1 - noise ** 2
    let covered = 0
    for (let seed = 0; seed < 1000; seed++) {
      const { interval } = accumulated(sample(300, 1, noise, seed), 1)
      if (interval[0] <= truth && truth <= interval[1]) covered += 1
    }
    expect(covered).toBeGreaterThan(925)
    expect(covered).toBeLessThan(970)
  })

  it.each([
    ['one example', sample(1, 1, 0.1, 4)],
    ['equal targets', { targets: new Float64Array(9).fill(0.1 + 0.2), errors: new Float64Array(9).fill(1) }],
  ])('has no meaning for %s', (_name, data) => {
    expect(() => accumulated(data, 1)).toThrow(RetortError)
    expect(() => accumulated(data, 1)).toThrow(/the same/)
  })
})

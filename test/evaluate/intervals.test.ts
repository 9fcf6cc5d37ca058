import { describe, expect, it } from 'vitest'
import { sampleDeviation, wilsonInterval, z95 } from '#evaluate/intervals'

describe('wilsonInterval', () => {
  // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), Table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i as published', (correct, n, lower, upper) => {
    const interval = wilsonInterval(correct / n, n)
    expect(interval[0]).toBeCloseTo(lower, 4)
    expect(interval[1]).toBeCloseTo(upper, 4)
  })

  it.each([
    [1, 1],
    [3, 7],
    [8641, 10000],
  ])('ends where the score test just rejects (%i of %i)', (correct, n) => {
    const share = correct / n
    for (const end of wilsonInterval(share, n)) {
      if (end === 1) continue
      expect(Math.abs(share - end)).toBeCloseTo(z95 * Math.sqrt((end * (1 - end)) / n), 12)
    }
  })

  it('stays in 0..1 and holds the share', () => {
    for (const n of [1, 2, 10, 1e6]) {
      for (const share of [0, 0.5, 1]) {
        const [lower, upper] = wilsonInterval(share, n)
        expect(lower).toBeGreaterThanOrEqual(0)
        expect(upper).toBeLessThanOrEqual(1)
        expect(share).toBeGreaterThanOrEqual(lower)
        expect(share).toBeLessThanOrEqual(upper)
      }
    }
  })
})

describe('sampleDeviation', () => {
  it('divides by n − 1', () => {
    expect(sampleDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 14)
    expect(sampleDeviation([3])).toBe(0)
  })
})

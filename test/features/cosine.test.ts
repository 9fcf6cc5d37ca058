import { describe, expect, it } from 'vitest'
import { randomStream } from '#core/random'
import { cosineInPlace } from '#features/cosine'

function cosine(values: readonly number[], amplitude = 1): Float64Array {
  const data = Float64Array.from(values)
  cosineInPlace(data, 0, data.length, amplitude)
  return data
}

describe('cosineInPlace', () => {
  it.each([1e-3, 1, 10, 1e3, 1e5, 2.9e6])('agrees with Math.cos to a few roundings up to ±%f', (range) => {
    const random = randomStream(1, 'cosine', range)
    const values = Array.from({ length: 20_000 }, () => range * (2 * random.uniform() - 1))
    cosine(values).forEach((found, i) => {
      expect(Math.abs(found - Math.cos(values[i]))).toBeLessThan(5 * 2 ** -53)
    })
  })

  it('is right at the ends of a half-turn', () => {
    for (let k = -20; k <= 20; k++) {
      for (const offset of [0, 1e-9, -1e-9]) {
        const x = (k * Math.PI) / 2 + offset
        expect(Math.abs(cosine([x])[0] - Math.cos(x))).toBeLessThan(5 * 2 ** -53)
      }
    }
    expect([...cosine([0, -0])]).toEqual([1, 1])
  })

  it('leaves far and infinite arguments to Math.cos', () => {
    const values = [3e6, 1e300, -4e9, Infinity, NaN]
    expect([...cosine(values)]).toEqual(values.map(Math.cos))
  })

  it('scales, and changes no more than it is asked to', () => {
    const data = Float64Array.of(7, 1, 2, 8)
    cosineInPlace(data, 1, 3, 0.25)
    expect([data[0], data[3]]).toEqual([7, 8])
    expect(data[1]).toBeCloseTo(0.25 * Math.cos(1), 15)
    expect(data[2]).toBeCloseTo(0.25 * Math.cos(2), 15)
  })
})

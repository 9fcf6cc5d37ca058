import { describe, expect, it } from 'vitest'
import { indexedRandom } from '#core/random'

describe('indexedRandom', () => {
  it('draws the same for an index whatever was drawn before', () => {
    const random = indexedRandom(7, 'a')
    random.seek(12)
    const first = [random.uint32(), random.uniform(), random.bell()]
    random.seek(2 ** 40)
    random.bell()
    random.seek(12)
    expect([random.uint32(), random.uniform(), random.bell()]).toEqual(first)
  })

  it('fills with the very normals that it draws one by one, whatever parts it is asked for', () => {
    const random = indexedRandom(11, 'fill')
    random.seek(3)
    const single = Float64Array.from({ length: 40 }, () => random.normal())
    random.seek(3)
    const filled = new Float64Array(40)
    let at = 0
    for (const count of [1, 0, 4, 7, 1, 1, 2, 23]) {
      random.fillNormal(filled, at, count)
      at += count
    }
    filled[39] = random.normal()
    expect(filled).toEqual(single)
    const short = new Float32Array(6)
    random.seek(3)
    random.fillNormal(short, 2, 3)
    expect(short).toEqual(Float32Array.of(0, 0, single[0], single[1], single[2], 0))
  })

  it('gives different draws for each seed, tag and index, also beyond 2³²', () => {
    const seen = new Set<number>()
    const first = (seed: number, tag: string, index: number): number => {
      const random = indexedRandom(seed, tag)
      random.seek(index)
      return random.uint32() * 2 ** 21 + (random.uint32() >>> 11)
    }
    const indices = [0, 1, 2, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 52, 2 ** 52 + 1]
    for (const seed of [0, 1, -1, 2 ** 40]) {
      for (const tag of ['train', 'test']) for (const index of indices) seen.add(first(seed, tag, index))
    }
    expect(seen.size).toBe(4 * 2 * indices.length)
  })

  it('has uniform first draws over indices, uncorrelated with the next index', () => {
    const random = indexedRandom(3, 'moments')
    const size = 100_000
    const draws = new Float64Array(size)
    for (let i = 0; i < size; i++) {
      random.seek(i)
      draws[i] = random.uniform() - 0.5
    }
    const bins = new Float64Array(64)
    let neighbours = 0
    for (let i = 0; i < size; i++) {
      bins[Math.floor((draws[i] + 0.5) * 64)]++
      if (i > 0) neighbours += draws[i] * draws[i - 1]
    }
    const expected = size / 64
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(chiSquare).toBeLessThan(63 + 4 * Math.sqrt(2 * 63))
    expect(Math.abs(neighbours) / size).toBeLessThan((4 * (1 / 12)) / Math.sqrt(size))
  })

  it('has a bell of mean 0, variance 1 and the kurtosis of four uniforms, within ±2√3', () => {
    const random = indexedRandom(5, 'bell')
    const size = 200_000
    const power = [0, 0, 0, 0, 0]
    for (let i = 0; i < size; i++) {
      if (i % 10 === 0) random.seek(i)
      const value = random.bell()
      expect(Math.abs(value)).toBeLessThanOrEqual(2 * Math.sqrt(3))
      for (let k = 1; k <= 4; k++) power[k] += value ** k / size
    }
    expect(Math.abs(power[1])).toBeLessThan(4 / Math.sqrt(size))
    expect(power[2]).toBeCloseTo(1, 1.5)
    expect(power[4]).toBeCloseTo(3 - 1.2 / 4, 1)
  })
})

import { describe, expect, it } from 'vitest'
import { matrix, matrix32 } from '#core/matrix'
import { randomStream } from '#core/random'
import type { ThinLayer } from '#models/two-layer/thin-layer'
import { activateThin, differentiateThin, outputThin } from '#models/two-layer/thin-layer'

const random = randomStream(5, 'thin layer')
const normal = (count: number) => random.fillNormal(new Float64Array(count))

// Rows in whole and broken tiles, neurons in whole and broken vectors.
const sizes = [
  [1, 1, 1],
  [2, 3, 2],
  [5, 8, 4],
  [67, 9, 5],
  [131, 150, 8],
  [3, 9001, 2],
] as const

/** Of sums of at most nine products of normals. */
const singleBound = 5e-6

describe.each(sizes)('%i examples, %i neurons and their mirrors, %i points', (n, p, m) => {
  const layer: ThinLayer = { pattern: matrix(p, m, normal(p * m)), scale: 1, points: matrix(m, 1) }
  const t = matrix(n, m, normal(n * m))
  const biases = normal(2 * p)
  const second = normal(2 * p)
  const along = (i: number, l: number) => {
    let sum = 0
    for (let j = 0; j < m; j++) sum += t.data[i * m + j] * layer.pattern.data[l * m + j]
    return sum
  }
  const wanted = new Float64Array(n * 2 * p)
  const outputs = new Float64Array(n)
  const back = new Float64Array(n * m)
  for (let i = 0; i < n; i++) {
    for (let l = 0; l < p; l++) {
      const [plus, minus] = [along(i, l) + biases[l], biases[p + l] - along(i, l)]
      wanted[i * 2 * p + l] = Math.max(0, plus)
      wanted[i * 2 * p + p + l] = Math.max(0, minus)
      outputs[i] += second[l] * Math.max(0, plus) + second[p + l] * Math.max(0, minus)
      const slope = (plus > 0 ? second[l] : 0) - (minus > 0 ? second[p + l] : 0)
      for (let j = 0; j < m; j++) back[i * m + j] += slope * layer.pattern.data[l * m + j]
    }
  }

  it('has the features of its rows, in both element types', async () => {
    const result = matrix(n, 2 * p)
    await activateThin(layer, t, biases, result)
    expect(largestDifference(result.data, wanted)).toBeLessThan(1e-13)
    const single = matrix32(n, 2 * p)
    await activateThin(layer, t, biases, single)
    expect(largestDifference(single.data, wanted)).toBeLessThan(singleBound)
  })

  it('has its output', async () => {
    const found = await outputThin(layer, t, { biases, second })
    expect(largestDifference(found, outputs)).toBeLessThan(1e-14 * Math.sqrt(p) * p)
  })

  it('takes its output away and carries its slopes back', async () => {
    const residuals = normal(n)
    const before = residuals.slice()
    const carried = matrix(n, m, t.data.slice())
    await differentiateThin(layer, carried, { biases, second, residuals })
    const size = Math.sqrt(p) * p
    const left = residuals.map((value, i) => value - (before[i] - outputs[i]))
    expect(largestDifference(left, new Float64Array(n))).toBeLessThan(1e-14 * size)
    expect(largestDifference(carried.data, back)).toBeLessThan(1e-14 * size)
  })

  it('does so in float32, but for rows whose gates are open by less than its rounding', async () => {
    const residuals = new Float64Array(n)
    const carried = matrix(n, m, t.data.slice())
    await differentiateThin(layer, carried, { biases, second, residuals }, 'float32')
    const size = 3e-7 * Math.sqrt(p) * p
    expect(
      largestDifference(
        residuals,
        outputs.map((output) => -output),
      ),
    ).toBeLessThan(size)
    const clear = Array.from({ length: n }, (_, i) => i).filter((i) =>
      Array.from({ length: p }, (_, l) => along(i, l)).every(
        (z, l) => Math.min(Math.abs(z + biases[l]), Math.abs(biases[p + l] - z)) > singleBound,
      ),
    )
    if (p < 1000) expect(clear.length).toBeGreaterThan(0.9 * n)
    for (const i of clear) {
      const [found, exact] = [carried, { data: back }].map(({ data }) => data.subarray(i * m, (i + 1) * m))
      expect(largestDifference(found, exact)).toBeLessThan(size)
    }
  })
})

it('keeps what is not a number', async () => {
  const layer: ThinLayer = { pattern: matrix(2, 1, Float64Array.of(1, 2)), scale: 1, points: matrix(1, 1) }
  const result = matrix(1, 4)
  await activateThin(layer, matrix(1, 1, Float64Array.of(NaN)), new Float64Array(4), result)
  expect([...result.data]).toEqual([NaN, NaN, NaN, NaN])
  const single = matrix32(1, 4)
  await activateThin(layer, matrix(1, 1, Float64Array.of(NaN)), new Float64Array(4), single)
  expect([...single.data]).toEqual([NaN, NaN, NaN, NaN])
})

function largestDifference(a: Float64Array | Float32Array, b: Float64Array): number {
  return b.reduce((largest, value, at) => Math.max(largest, Math.abs(a[at] - value)), 0)
}

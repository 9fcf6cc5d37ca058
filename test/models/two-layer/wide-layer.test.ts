import { describe, expect, it } from 'vitest'
import { matrix, matrix32 } from '#core/matrix'
import { randomStream } from '#core/random'
import { activateWide, gateWide } from '#models/two-layer/wide-layer'

const random = randomStream(6, 'wide layer')
const normal = (count: number) => random.fillNormal(new Float64Array(count))

// Rows in whole and broken tiles, neurons in whole and broken vectors, rows wider than a tile.
const sizes = [
  [1, 1],
  [3, 2],
  [67, 301],
  [2, 9001],
] as const

describe.each(sizes)('%i examples, %i neurons', (n, p) => {
  const z = matrix(n, p, normal(n * p))

  it.each([true, false])('has their features, mirrored: %s', async (mirrored) => {
    const width = mirrored ? 2 * p : p
    const biases = normal(width)
    const wanted = Float64Array.from({ length: n * width }, (_, at) => {
      const [i, l] = [Math.floor(at / width), at % width]
      const value = l < p ? z.data[i * p + l] + biases[l] : biases[l] - z.data[i * p + l - p]
      return Math.max(0, value)
    })
    const result = matrix(n, width)
    await activateWide(z, biases, mirrored, result)
    expect(result.data).toEqual(wanted)
    const single = matrix32(n, width)
    await activateWide(z, biases, mirrored, single)
    expect(single.data).toEqual(new Float32Array(wanted))
  })

  it('lets targets through where the projection is above zero', async () => {
    const targets = normal(n)
    const gated = matrix(n, p, z.data.slice())
    gated.data[0] = 0
    await gateWide(gated, targets)
    const wanted = z.data.map((value, at) => (at > 0 && value > 0 ? targets[Math.floor(at / p)] : 0))
    expect(gated.data).toEqual(wanted)
  })
})

it('keeps what is not a number in features', async () => {
  const z = matrix(1, 3, Float64Array.of(NaN, 1, NaN))
  const result = matrix(1, 6)
  await activateWide(z, new Float64Array(6), true, result)
  expect([...result.data]).toEqual([NaN, 1, NaN, NaN, 0, NaN])
})

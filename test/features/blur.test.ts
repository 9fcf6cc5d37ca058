import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frobeniusNorm, matrix, relativeError } from '#core/matrix'
import { dense } from '#features/dense'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { gaussian } from '../conformance/feature-map.ts'

describe('a derivative that is averaged over kinks', () => {
  let blas: Blas
  let map: FeatureMap
  beforeAll(async () => {
    blas = (await chooseBlas()).blas
    map = await dense.create({ inputShape: [6], options: { widths: [9], bias: true }, seed: 5 }, blas)
  })
  afterAll(() => blas.close())

  it('has the mean slope over normal changes before the activation', async () => {
    const [inputs, tangents] = [gaussian(4, 6, 'inputs'), gaussian(4, 6, 'tangents')]
    const { data: bias } = map.weights()['layer1.bias']
    const weight = matrix(9, 6, Float64Array.from(map.weights()['layer1.weight'].data))
    const before = await blas.gemm(inputs, weight, { transposeB: true })
    before.data.forEach((value, at) => (before.data[at] = value + bias[at % 9]))
    const expected = await blas.gemm(tangents, weight, { transposeB: true })
    const blur = 0.7
    for (let i = 0; i < 4; i++) {
      const row = before.data.subarray(9 * i, 9 * i + 9)
      const deviation = (blur * Math.hypot(...row)) / 3
      row.forEach((z, j) => (expected.data[9 * i + j] *= 0.1 + 0.9 * normalBelow(z / deviation)))
    }
    const { pushForward, features } = await map.linearise!(inputs, blas, blur)
    expect(relativeError(await pushForward(tangents), expected)).toBeLessThan(0.01)
    expect(features.data).toEqual((await map.forward(inputs, blas)).data)
  })

  it('is the derivative where the blur vanishes, and another where it does not', async () => {
    const [inputs, tangents] = [gaussian(4, 6, 'inputs'), gaussian(4, 6, 'tangents')]
    const plain = await map.pushForward!(inputs, tangents, blas)
    const pushed = async (blur: number) => (await map.linearise!(inputs, blas, blur)).pushForward(tangents)
    expect(relativeError(await pushed(1e-9), plain)).toBeLessThan(1e-14)
    expect(relativeError(await pushed(1), plain)).toBeGreaterThan(0.05)
  })

  it('has a transpose that is one', async () => {
    const [inputs, tangents, cotangent] = [
      gaussian(4, 6, 'inputs'),
      gaussian(4, 6, 'tangents'),
      gaussian(4, 9, 'back'),
    ]
    const { pushForward, pullBack } = await map.linearise!(inputs, blas, 0.5)
    const there = (await pushForward(tangents)).data.reduce(
      (sum, value, at) => sum + value * cotangent.data[at],
      0,
    )
    const back = (await pullBack(cotangent)).data.reduce(
      (sum, value, at) => sum + value * tangents.data[at],
      0,
    )
    expect(back).toBeCloseTo(there, 12)
    expect(frobeniusNorm(cotangent)).toBe(frobeniusNorm(gaussian(4, 9, 'back')))
  })
})

/** Share of the standard normal distribution below x, by Simpson's rule. */
function normalBelow(x: number): number {
  const steps = 2000
  const end = Math.max(-8, Math.min(8, x))
  const width = (end + 8) / steps
  let sum = 0
  for (let i = 0; i <= steps; i++) {
    const t = -8 + i * width
    sum += Math.exp((-t * t) / 2) * (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2)
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI)
}

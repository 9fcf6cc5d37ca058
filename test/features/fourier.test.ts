import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { matrix, matrixOf, relativeError, toFloat64, transpose } from '#core/matrix'
import { fourier } from '#features/fourier'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { FeatureMapCase } from '../conformance/feature-map.ts'
import { conformsAsFeatureMap, gaussian } from '../conformance/feature-map.ts'

function fourierCase(name: string, inputs: number, width: number, variance: number): FeatureMapCase {
  return {
    name,
    inputShape: [inputs],
    options: { width, variance },
    featureSize: width,
    surjective: 'never',
    upToScale: width <= inputs,
    reference: (row, weights) =>
      Array.from({ length: width }, (_, i) => {
        const frequencies = weights('frequencies').data
        const angle = row.reduce((sum, value, j) => sum + frequencies[i * inputs + j] * value, 0)
        return Math.sqrt(2 / width) * Math.cos(angle + weights('phases').data[i])
      }),
  }
}

describe('fourier', () => {
  conformsAsFeatureMap(fourier, [
    fourierCase('one feature', 1, 1, 1),
    fourierCase('square', 12, 12, 1000),
    fourierCase('fewer features', 12, 5, 2),
    fourierCase('more features than inputs', 5, 30, 4),
  ])
})

describe('fourier, by itself', () => {
  let blas: Blas
  beforeAll(async () => {
    blas = (await chooseBlas()).blas
  })
  afterAll(() => blas.close())

  it('approximates the Gaussian kernel', async () => {
    const map = await fourier.create(
      { inputShape: [3], options: { width: 40_000, variance: 4 }, seed: 2 },
      blas,
    )
    const inputs = gaussian(4, 3, 'kernel')
    const kernel = await blas.syrk(await map.forward(inputs, blas))
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        let distance = 0
        for (let c = 0; c < 3; c++) distance += (inputs.data[3 * i + c] - inputs.data[3 * j + c]) ** 2
        // Standard error of the mean of 40 000 products: at most 0.005.
        expect(Math.abs(kernel.data[4 * i + j] - Math.exp(-distance / 8))).toBeLessThan(0.02)
      }
    }
  })

  it('reaches features outside its box by scale alone: the largest one lands on the edge', async () => {
    const map = await fourier.create({ inputShape: [2], options: { width: 2, variance: 1 }, seed: 2 }, blas)
    const { scale, points } = await map.rightInverse(matrixOf([[3, -7]]), blas)
    expect(scale).toBeCloseTo(7, 14)
    const [first, second] = (await map.forward(points, blas)).data
    expect(first).toBeCloseTo(3 / 7, 13)
    expect(second).toBeCloseTo(-1, 13)
  })

  it('inverts zero features', async () => {
    const map = await fourier.create({ inputShape: [3], options: {}, seed: 2 }, blas)
    const { scale, residual, points } = await map.rightInverse(matrix(2, 3), blas)
    expect(scale).toBe(1)
    expect(residual).toBeLessThan(1e-13)
    expect(points.data.every(Number.isFinite)).toBe(true)
  })

  it('gives W itself where labels and λ_S are scaled, c W where they are not', async () => {
    const map = await fourier.create({ inputShape: [9], options: {}, seed: 2 }, blas)
    const weight = gaussian(2, 9, 'weight')
    const ridge = 0.003
    // λ_S below its bound: Φ_S from the larger root of each singular value of D = Y⁺W, Y = I.
    const { u, values, vt } = await blas.svd(weight)
    const roots = values.map((value) => (1 + Math.sqrt(1 - 4 * ridge * value * value)) / (2 * value))
    const left = matrix(
      2,
      2,
      u.data.map((value, at) => value * roots[at % 2]),
    )
    const features = await blas.gemm(left, vt)
    const { points, scale } = await map.rightInverse(features, blas)
    const reached = await map.forward(points, blas)

    const trained = async (labelScale: number, ridgeScale: number) => {
      const kernel = await blas.syrk(reached)
      for (let i = 0; i < 2; i++) kernel.data[3 * i] += ridge / ridgeScale
      const labels = matrixOf([
        [1 / labelScale, 0],
        [0, 1 / labelScale],
      ])
      return transpose(
        await blas.gemm(reached, await blas.solvePositive(kernel, labels), { transposeA: true }),
      )
    }
    expect(relativeError(await trained(scale, scale ** 2), weight)).toBeLessThan(1e-11)
    expect(relativeError(await trained(1, scale ** 2), weight)).toBeCloseTo(Math.abs(scale - 1), 9)
  })

  it('judges given frequencies by their rank', async () => {
    const frequencies = gaussian(3, 5, 'own')
    const phases = matrix(1, 3)
    const create = () =>
      fourier.create({ inputShape: [5], options: { width: 3 }, weights: { frequencies, phases } }, blas)
    expect((await create()).surjective).toMatchObject({ holds: 'never', upToScale: true })
    frequencies.data.copyWithin(0, 5, 10)
    expect((await create()).surjective).toMatchObject({ holds: 'never', upToScale: false })
  })

  it('draws phases all around the circle', async () => {
    const map = await fourier.create({ inputShape: [1], options: { width: 4000 }, seed: 2 }, blas)
    const phases = toFloat64(map.weights().phases).data
    expect(Math.min(...phases)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...phases)).toBeLessThan(2 * Math.PI)
    expect(phases.filter((phase) => phase > Math.PI).length / 4000).toBeCloseTo(0.5, 1)
  })
})

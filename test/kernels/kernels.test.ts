import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { matrix, matrixOf } from '#core/matrix'
import { dense } from '#features/dense'
import { gaussianTiles } from '#kernels/gaussian-tiles'
import { featureKernel } from '#kernels/features'
import { createKernel, kernels } from '#kernels/index'
import { medianDistance } from '#kernels/median-distance'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { gaussian } from '../conformance/feature-map.ts'
import { conformsAsKernel, pullBack } from '../conformance/kernel.ts'
import { measuredKernels, pairKernel } from './wide-network.ts'

conformsAsKernel({
  name: 'rbf',
  inputs: 7,
  create: () => createKernel({ id: 'rbf', parameters: { sigma: 3.5 } }),
  reference(x, z) {
    let sum = 0
    for (let i = 0; i < x.length; i++) sum += (x[i] - z[i]) ** 2
    return Math.exp(-sum / (2 * 3.5 ** 2))
  },
})

for (const id of ['nngp', 'ntk'] as const) {
  for (const depth of [1, 2, 3]) {
    for (const [weightDeviation, biasDeviation] of depth === 2 ? [[1.2, 0.4]] : [[Math.SQRT2, 0.1]]) {
      const network = { depth, weightDeviation, biasDeviation }
      conformsAsKernel({
        name: `${id} of ${depth} hidden layers`,
        inputs: depth === 3 ? 1 : 6,
        create: () => createKernel({ id, parameters: network }),
        reference: (x, z) => pairKernel(id, network, x, z),
      })
    }
  }
}

conformsAsKernel({
  name: 'features',
  inputs: 5,
  async create(blas) {
    const map = await dense.create(
      { inputShape: [5], options: { width: 8, activation: 'tanh' }, seed: 2 },
      blas,
    )
    if (!map.pullBack) throw new Error('no derivative')
    return featureKernel({ forward: map.forward, pullBack: map.pullBack })
  },
  reference(x, z) {
    if (!phi) throw new Error('not ready')
    const [a, b] = [phi(x), phi(z)]
    return a.reduce((sum, value, i) => sum + value * b[i], 0)
  },
})

let blas: Blas
let phi: ((x: ArrayLike<number>) => number[]) | undefined
beforeAll(async () => {
  blas = (await chooseBlas({})).blas
  const map = await dense.create(
    { inputShape: [5], options: { width: 8, activation: 'tanh' }, seed: 2 },
    blas,
  )
  const weight = map.weights()['layer1.weight'].data
  phi = (x) =>
    Array.from({ length: 8 }, (_, i) => {
      let sum = 0
      for (let j = 0; j < 5; j++) sum += weight[i * 5 + j] * x[j]
      return Math.tanh(sum)
    })
})
afterAll(() => blas.close())

describe('wide networks', () => {
  it.each([
    [1, 40000, 0.03],
    [2, 1500, 0.06],
    [3, 1000, 0.08],
  ])('of %i hidden layers tend to the kernels', async (depth, width, tolerance) => {
    const network = { depth, weightDeviation: 1.5, biasDeviation: 0.3 }
    const x = matrixOf([[0.9, -0.4, 1.3]])
    const z = matrixOf([[0.2, 0.8, 1.1]])
    const measured = measuredKernels(network, width, x.data, z.data)
    for (const id of ['nngp', 'ntk'] as const) {
      const [value] = (await createKernel({ id, parameters: network }).gram(x, z, blas)).data
      expect(Math.abs(measured[id] / value - 1)).toBeLessThan(tolerance)
    }
  })

  it('scale with their inputs where there is no bias', async () => {
    for (const id of ['nngp', 'ntk'] as const) {
      const kernel = createKernel({ id, parameters: { depth: 2, weightDeviation: 1.4, biasDeviation: 0 } })
      const x = gaussian(4, 6, 'x')
      const z = gaussian(3, 6, 'z')
      const larger = matrix(
        4,
        6,
        x.data.map((value) => 3 * value),
      )
      const once = await kernel.gram(x, z, blas)
      const scaled = await kernel.gram(larger, z, blas)
      scaled.data.forEach((value, at) => expect(value / (3 * once.data[at])).toBeCloseTo(1, 12))
      const zero = await kernel.gram(matrix(2, 6), z, blas)
      expect(Array.from(zero.data)).toEqual([0, 0, 0, 0, 0, 0])
      const gradient = await pullBack(kernel, matrix(2, 6), z, gaussian(2, 3, 'c'), blas)
      expect(gradient.data.every(Number.isFinite)).toBe(true)
    }
  })

  it('know opposite points', async () => {
    const x = gaussian(3, 4, 'opposite')
    const z = matrix(
      3,
      4,
      x.data.map((value) => -value),
    )
    const network = { depth: 1, weightDeviation: Math.SQRT2, biasDeviation: 0 }
    const gram = await createKernel({ id: 'nngp', parameters: network }).gram(x, z, blas)
    for (let i = 0; i < 3; i++) expect(Math.abs(gram.data[4 * i])).toBeLessThan(1e-13)
  })
})

it('the exponential is right to a few rounding errors, down to zero', async () => {
  const { exponential } = await gaussianTiles()
  const x = Float64Array.from({ length: 20001 }, (_, i) => (-708 * i) / 20000)
  const values = x.slice()
  exponential(values)
  let worst = 0
  values.forEach((value, i) => (worst = Math.max(worst, Math.abs(value / Math.exp(x[i]) - 1))))
  expect(worst).toBeLessThan(1e-15)
  const ends = Float64Array.of(0, -720, -745, -1e4, -Infinity, NaN)
  exponential(ends)
  expect(ends[0]).toBe(1)
  expect(Math.abs(ends[1] / Math.exp(-720) - 1)).toBeLessThan(1e-2)
  expect(ends[2]).toBeLessThan(1e-300)
  expect([ends[3], ends[4], ends[5]]).toEqual([0, 0, NaN])
})

it('the median distance is that of a plain count', async () => {
  const x = gaussian(41, 3, 'median')
  const distances: number[] = []
  for (let i = 0; i < 41; i++) {
    for (let j = 0; j < i; j++) {
      distances.push(Math.hypot(...[0, 1, 2].map((a) => x.data[3 * i + a] - x.data[3 * j + a])))
    }
  }
  distances.sort((a, b) => a - b)
  expect(await medianDistance(x, 1, blas)).toBeCloseTo(distances[410], 10)
  await expect(medianDistance(matrix(9, 3), 1, blas)).rejects.toMatchObject({ code: 'usage/no-distance' })
})

it('every kernel of the table names its parameters', () => {
  expect(kernels.map(({ id }) => id)).toEqual(['rbf', 'nngp', 'ntk'])
  expect(() => createKernel({ id: 'features', parameters: {} })).toThrow(/feature map/)
})

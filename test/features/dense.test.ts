import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  frobeniusNorm,
  identity,
  matrix,
  relativeError,
  rowsOf,
  toFloat32,
  toFloat64,
  transpose,
} from '#core/matrix'
import { dense } from '#features/dense'
import type { Weights } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { FeatureMapCase } from '../conformance/feature-map.ts'
import { conformsAsFeatureMap, gaussian } from '../conformance/feature-map.ts'

interface Shape {
  name: string
  widths: number[]
  activation?: 'leaky-relu' | 'tanh' | 'linear'
  slope?: number
  bias?: boolean
  distribution?: 'gaussian' | 'orthogonal'
  inputs?: number
}

type Known = Pick<FeatureMapCase, 'surjective' | 'upToScale'>

function denseCase(shape: Shape, known: Known): FeatureMapCase {
  const { name, inputs = 12, ...options } = shape
  const { activation = 'leaky-relu', slope = 0.1, bias = false, widths } = options
  const activate = (value: number) => {
    if (activation === 'tanh') return Math.tanh(value)
    return activation === 'linear' || value > 0 ? value : slope * value
  }
  return {
    name,
    inputShape: [inputs],
    options,
    featureSize: widths[widths.length - 1],
    ...known,
    reference: (row, weights) =>
      widths.reduce<number[]>(
        (current, outputs, l) => {
          const weight = weights(`layer${l + 1}.weight`)
          return Array.from({ length: outputs }, (_, o) => {
            const sum = current.reduce(
              (total, value, i) => total + weight.data[o * current.length + i] * value,
              0,
            )
            return activate(sum + (bias ? weights(`layer${l + 1}.bias`).data[o] : 0))
          })
        },
        [...row],
      ),
  }
}

const onto: Known = { surjective: 'almost surely', upToScale: true }
const bounded: Known = { surjective: 'never', upToScale: true }
const never: Known = { surjective: 'never', upToScale: false }

describe('dense', () => {
  conformsAsFeatureMap(dense, [
    denseCase({ name: 'one unit', widths: [1], inputs: 1 }, onto),
    denseCase({ name: 'square', widths: [12] }, onto),
    denseCase({ name: 'narrowing', widths: [10, 7] }, onto),
    denseCase({ name: 'three square layers with bias', widths: [12, 12, 12], bias: true }, onto),
    denseCase({ name: 'steep slope', widths: [12, 9], slope: 3 }, onto),
    denseCase({ name: 'linear', widths: [12, 5], activation: 'linear', bias: true }, onto),
    denseCase(
      { name: 'orthogonal', widths: [12, 8], distribution: 'orthogonal' },
      { ...onto, surjective: 'always' },
    ),
    denseCase({ name: 'tanh', widths: [12, 8], activation: 'tanh' }, bounded),
    denseCase({ name: 'tanh with bias, one layer', widths: [9], activation: 'tanh', bias: true }, bounded),
    denseCase({ name: 'three tanh layers', widths: [12, 12, 11], activation: 'tanh' }, bounded),
    denseCase({ name: 'tanh, widening inside', widths: [20, 12], activation: 'tanh' }, never),
    denseCase({ name: 'ReLU', widths: [12], slope: 0 }, never),
    denseCase({ name: 'wider than the input', widths: [20] }, never),
    denseCase({ name: 'bottleneck', widths: [4, 9] }, never),
    denseCase({ name: 'bottleneck, then wide, then narrower', widths: [4, 9, 8] }, never),
    denseCase({ name: 'widening inside', widths: [20, 12] }, { ...never, surjective: 'unknown' }),
    denseCase({ name: 'orthogonal and widening', widths: [20], distribution: 'orthogonal' }, never),
  ])
})

describe('dense, by itself', () => {
  let blas: Blas
  beforeAll(async () => {
    blas = (await chooseBlas()).blas
  })
  afterAll(() => blas.close())
  const create = (options: Record<string, unknown>, weights?: Weights) =>
    dense.create({ inputShape: [4, 3, 1], options, ...(weights ? { weights } : { seed: 1 }) }, blas)

  it('is as wide as the input and one layer deep unless told otherwise', async () => {
    expect((await create({})).parameters).toEqual({
      widths: [12],
      activation: 'leaky-relu',
      slope: 0.1,
      distribution: 'gaussian',
      bias: false,
    })
    expect((await create({ width: 5, depth: 3 })).parameters.widths).toEqual([5, 5, 5])
  })

  it('draws gaussian weights of variance 1/inputs, every layer its own', async () => {
    const weights = (await create({ width: 400, depth: 2 })).weights()
    const { data } = toFloat64(weights['layer2.weight'])
    const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length
    expect(Math.abs(variance * 400 - 1)).toBeLessThan(0.02)
    const square = (await create({ width: 12, depth: 2 })).weights()
    expect(square['layer1.weight'].data).not.toEqual(square['layer2.weight'].data)
  })

  it.each([5, 12, 30])('draws orthogonal weights (12 to %i)', async (width) => {
    const weight = toFloat64((await create({ width, distribution: 'orthogonal' })).weights()['layer1.weight'])
    const gram = await blas.syrk(weight, { transpose: width > 12 })
    expect(relativeError(gram, identity(Math.min(width, 12)))).toBeLessThan(1e-14)
  })

  it('draws orthogonal weights of either sign, as the uniform distribution has them', async () => {
    const corners = []
    for (let seed = 0; seed < 40; seed++) {
      const map = await dense.create({ inputShape: [3], options: { distribution: 'orthogonal' }, seed }, blas)
      corners.push(map.weights()['layer1.weight'].data[0])
    }
    const positive = corners.filter((corner) => corner > 0).length
    expect(positive).toBeGreaterThan(8)
    expect(positive).toBeLessThan(32)
  })

  it('factors a layer once', async () => {
    const map = await create({})
    let factorisations = 0
    const counting: Blas = {
      ...blas,
      householder: (a) => {
        factorisations += 1
        return blas.householder(a)
      },
    }
    for (let i = 0; i < 3; i++) await map.rightInverse(gaussian(2, 12, 'once'), counting)
    expect(factorisations).toBe(1)
  })

  it('takes the smallest points', async () => {
    const map = await create({ width: 5, activation: 'linear' })
    const features = gaussian(3, 5, 'smallest')
    const { points } = await map.rightInverse(features, blas)
    const weight = toFloat64(map.weights()['layer1.weight'])
    const { x } = await blas.leastSquares(weight, transpose(features))
    expect(relativeError(points, transpose(x))).toBeLessThan(1e-12)
  })

  it.each([5, 12])('inverts many rows, width %i, in two halves as it does each alone', async (width) => {
    const features = gaussian(101, width, 'halves')
    const lanes: Blas = { ...blas, apart: blas.apart ?? blas }
    const together = await (await create({ width })).rightInverse(features, lanes)
    const map = await create({ width })
    expect(together.points.rows).toBe(101)
    for (const row of [0, 49, 50, 51, 100]) {
      const { points } = await map.rightInverse(rowsOf(features, row, row + 1), blas)
      expect(relativeError(rowsOf(together.points, row, row + 1), points)).toBeLessThan(1e-12)
    }
  })

  it('judges given weights by their singular values', async () => {
    const weight = gaussian(6, 12, 'own')
    const full = await create({ widths: [6] }, { 'layer1.weight': toFloat32(weight) })
    expect(full.surjective).toMatchObject({ holds: 'always', upToScale: true })
    expect(full.seed).toBeUndefined()
    weight.data.copyWithin(0, 12, 24)
    const deficient = await create({ widths: [6] }, { 'layer1.weight': weight })
    expect(deficient.surjective).toMatchObject({ holds: 'never', upToScale: false })
    expect((await deficient.conditions(blas))[0].smallest).toBe(0)
    const { residual, points } = await deficient.rightInverse(gaussian(3, 6, 'any'), blas)
    expect(residual).toBeGreaterThan(1e-2)
    expect(frobeniusNorm(points)).toBeLessThan(100)
    const reached = await deficient.rightInverse(await deficient.forward(gaussian(3, 12, 'x'), blas), blas)
    expect(reached.residual).toBeLessThan(1e-12)
  })

  it('says where a saturating layer cannot be reached', async () => {
    const bias = matrix(1, 12, new Float64Array(12).fill(40))
    const weights = {
      'layer1.weight': identity(12),
      'layer2.weight': identity(12),
      'layer1.bias': matrix(1, 12),
    }
    const map = await create(
      { widths: [12, 12], activation: 'tanh', bias: true },
      { ...weights, 'layer2.bias': bias },
    )
    expect(map.surjective).toMatchObject({ holds: 'never', upToScale: false })
    await expect(map.rightInverse(gaussian(2, 12, 'far'), blas)).rejects.toMatchObject({
      code: 'check/no-preimage',
    })
  })

  it('estimates singular values well', async () => {
    const map = await create({ width: 200, depth: 2 })
    const conditions = await map.conditions(blas)
    for (const { name, largest, smallest } of conditions) {
      const { values } = await blas.svd(toFloat64(map.weights()[`${name}.weight`]))
      expect(Math.abs(largest / values[0] - 1)).toBeLessThan(0.03)
      expect(Math.abs(smallest / values[values.length - 1] - 1)).toBeLessThan(0.03)
    }
  })

  it.each([{ width: 0 }, { slope: -1 }, { widths: [] }, { activation: 'relu' }, { depth: 1.5 }])(
    'refuses %o',
    async (options) => {
      await expect(create(options)).rejects.toMatchObject({ code: 'config/feature-map', exitCode: 2 })
    },
  )
})

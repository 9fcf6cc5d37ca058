import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { identity, matrix, relativeError, transpose } from '#core/matrix'
import type { FeatureMap } from '#features/feature-map'
import { linearNet } from '#features/linear-net'
import { rangeFloor, rangePrecondition, requireInRange } from '#features/range'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { FeatureMapCase } from '../conformance/feature-map.ts'
import { conformsAsFeatureMap, gaussian } from '../conformance/feature-map.ts'

type Known = Pick<FeatureMapCase, 'surjective' | 'upToScale'>

function linearCase(
  name: string,
  inputs: number,
  options: { widths: number[]; distribution?: string },
  known: Known,
) {
  const { widths } = options
  return {
    name,
    inputShape: [inputs],
    options,
    featureSize: widths[widths.length - 1],
    ...known,
    reference: (row: readonly number[], weights: (name: string) => Matrix) =>
      widths.reduce<number[]>(
        (current, outputs, l) => {
          const { data } = weights(`layer${l + 1}.weight`)
          return Array.from({ length: outputs }, (_, o) =>
            current.reduce((sum, value, i) => sum + data[o * current.length + i] * value, 0),
          )
        },
        [...row],
      ),
  }
}

const onto: Known = { surjective: 'almost surely', upToScale: true }
const never: Known = { surjective: 'never', upToScale: false }

describe('linear-net', () => {
  conformsAsFeatureMap(linearNet, [
    linearCase('one number', 1, { widths: [1] }, onto),
    linearCase('narrowing', 12, { widths: [10, 7] }, onto),
    linearCase('widening inside', 12, { widths: [20, 12] }, onto),
    linearCase('orthogonal', 8, { widths: [8, 8, 6], distribution: 'orthogonal' }, onto),
    linearCase('more features than inputs', 6, { widths: [10, 14, 14] }, never),
    linearCase('bottleneck', 12, { widths: [3, 9] }, never),
  ])
})

describe('a deep linear network with more features than inputs', () => {
  let blas: Blas
  let map: FeatureMap
  const k = 3
  beforeAll(async () => {
    blas = (await chooseBlas()).blas
    map = await linearNet.create({ inputShape: [6], options: { widths: [14, 14, 14] }, seed: 3 }, blas)
  })
  afterAll(() => blas.close())

  /** Ridge regression on rows of features, by the m × m kernel (λ > 0) or minimum norm (λ = 0). */
  async function train(features: Matrix, labels: Matrix, ridge: number): Promise<Matrix> {
    if (ridge === 0) return transpose((await blas.leastSquares(features, labels)).x)
    const kernel = await blas.syrk(features)
    for (let i = 0; i < kernel.rows; i++) kernel.data[i * (kernel.cols + 1)] += ridge
    return transpose(
      await blas.gemm(features, await blas.solvePositive(kernel, labels), { transposeA: true }),
    )
  }

  it.each([0, 0.3])('needs only k points for a W that was trained on it (λ = %f)', async (ridge) => {
    const weight = await train(await map.forward(gaussian(40, 6, 'x'), blas), gaussian(40, k, 'y'), ridge)
    expect(await rangeFloor(map, weight, blas)).toBeLessThan(1e-12)
    await requireInRange(map, weight, blas)
    const features = transpose((await blas.leastSquares(weight, identity(k))).x)
    const { points, residual } = await map.rightInverse(features, blas)
    expect(residual).toBeLessThan(1e-12)
    const trained = await train(await map.forward(points, blas), identity(k), 0)
    expect(relativeError(trained, weight)).toBeLessThan(1e-11)
  })

  it('refuses a W from elsewhere and names the floor, which no points get below', async () => {
    const weight = gaussian(k, 14, 'elsewhere')
    const floor = await rangeFloor(map, weight, blas)
    expect(floor).toBeGreaterThan(0.2)
    expect(await rangePrecondition(map, weight, blas)).toMatchObject({ holds: false, measured: floor })
    await expect(requireInRange(map, weight, blas)).rejects.toMatchObject({
      code: 'check/weight-outside-range',
      values: { floor },
    })
    for (const points of [3, 6, 28]) {
      const features = await map.forward(gaussian(points, 6, 'points'), blas)
      // The best labels for these points: the projection of W onto the span of their features.
      const { x } = await blas.leastSquares(transpose(features), transpose(weight))
      const best = transpose(await blas.gemm(features, x, { transposeA: true }))
      expect(relativeError(best, weight)).toBeGreaterThan(floor * (1 - 1e-12))
      if (points >= 6) expect(relativeError(best, weight)).toBeCloseTo(floor, 10)
    }
  })

  it('projects onto its range: idempotent, and the identity there', async () => {
    const rows = gaussian(4, 14, 'rows')
    const once = await map.projectOntoRange!(rows, blas)
    expect(relativeError(await map.projectOntoRange!(once, blas), once)).toBeLessThan(1e-13)
    const features = await map.forward(gaussian(4, 6, 'inside'), blas)
    expect(relativeError(await map.projectOntoRange!(features, blas), features)).toBeLessThan(1e-13)
    const difference = matrix(
      4,
      14,
      rows.data.map((value, at) => value - once.data[at]),
    )
    const across = await blas.gemm(difference, features, { transposeB: true })
    for (const value of across.data) expect(Math.abs(value)).toBeLessThan(1e-12)
  })

  it('judges given layers by the rank of their product', async () => {
    const create = (first: Matrix) =>
      linearNet.create(
        {
          inputShape: [6],
          options: { widths: [5, 4] },
          weights: {
            'layer1.weight': first,
            'layer2.weight': gaussian(4, 5, 'second'),
          },
        },
        blas,
      )
    const first = gaussian(5, 6, 'first')
    expect((await create(first)).surjective.holds).toBe('always')
    first.data.fill(0, 0, 12)
    const map = await create(first)
    expect(map.surjective).toMatchObject({
      holds: 'never',
      reason: expect.stringContaining('dimension 3 of 4'),
    })
    expect((await map.conditions(blas))[0].smallest).toBe(0)
  })
})

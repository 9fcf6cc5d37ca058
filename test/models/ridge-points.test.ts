import { afterAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { copyOf, matrix, matrixOf, relativeError, transpose } from '#core/matrix'
import { randomStream } from '#core/random'
import { trainRidgeOnPoints } from '#models/ridge-points'
import { availableBlas } from '../statistics/blas.ts'
import { knownPoints } from './known-points.ts'

const providers = await availableBlas()
const [blas] = providers
afterAll(() => Promise.all(providers.map((provider) => provider.close())))

const shapes = [
  { m: 4, p: 64, rank: 3 },
  { m: 16, p: 256, rank: 15 },
  { m: 64, p: 64, rank: 63 },
  { m: 256, p: 64, rank: 64 },
  { m: 64, p: 256, rank: 40 },
  { m: 256, p: 64, rank: 40 },
  { m: 4, p: 1, rank: 1 },
]
const conditions = [1, 2 ** 10, 2 ** 20]

describe.each(providers.map((provider) => [provider.id, provider] as const))(
  'ridge regression on points (%s)',
  (_, provider) => {
    it.each(shapes)('is right to ε · condition for $m points of $p inputs, rank $rank', async (shape) => {
      for (const condition of shape.rank === 1 ? [1] : conditions) {
        const known = knownPoints({ ...shape, condition })
        for (const ridge of [0, condition ** -2, 0.01, 10]) {
          const { points, labels } = known
          const trained = await trainRidgeOnPoints(points, labels, ridge, false, provider)
          const error = relativeError(trained.model.weight, known.solution(ridge, false).weight)
          expect(error, `condition ${condition}, λ ${ridge}`).toBeLessThan(2e-14 + 4e-15 * condition)
          if (ridge >= 0.01) expect(error).toBeLessThan(1e-13)
          expect(trained.conditionNumber / condition).toBeCloseTo(1, 6)
          expect(Array.from(trained.model.bias)).toEqual([0, 0, 0])
        }
      }
    })

    it.each(shapes)('recovers the intercept for $m points of $p inputs, rank $rank', async (shape) => {
      for (const condition of shape.rank === 1 ? [1] : conditions) {
        const known = knownPoints({ ...shape, condition, offset: 4 })
        for (const ridge of [0, 0.01]) {
          const { model } = await trainRidgeOnPoints(known.points, known.labels, ridge, true, provider)
          const expected = known.solution(ridge, true)
          expect(relativeError(model.weight, expected.weight)).toBeLessThan(4e-14 * condition)
          const largest = Math.max(...expected.weight.data.map(Math.abs))
          model.bias.forEach((bias, c) => {
            expect(Math.abs(bias - expected.bias[c])).toBeLessThan(
              1e-13 * condition * (1 + largest) * shape.p,
            )
          })
        }
      }
    })
  },
)

describe('ridge regression on points', () => {
  it('reproduces W from W⁺ and one-hot labels', async () => {
    const random = randomStream(1, 'weights')
    for (const [k, p] of [
      [1, 1],
      [2, 5],
      [10, 784],
    ]) {
      const weight = matrix(k, p, random.fillNormal(new Float64Array(k * p)))
      const gram = await blas.syrk(weight)
      const points = await blas.solvePositive(gram, weight)
      const labels = matrix(k, k)
      for (let c = 0; c < k; c++) labels.data[c * k + c] = 1
      const { model } = await trainRidgeOnPoints(points, labels, 0, false, blas)
      expect(relativeError(model.weight, weight)).toBeLessThan(1e-12)
    }
  })

  it('gives nothing where the points say nothing', async () => {
    const zero = await trainRidgeOnPoints(matrix(3, 4), matrixOf([[1], [2], [3]]), 0, false, blas)
    expect(zero.conditionNumber).toBe(1)
    expect(new Set(zero.model.weight.data)).toEqual(new Set([0]))
    const one = await trainRidgeOnPoints(matrixOf([[2, 3]]), matrixOf([[5, 7]]), 0, true, blas)
    expect(new Set(one.model.weight.data)).toEqual(new Set([0]))
    expect(Array.from(one.model.bias)).toEqual([5, 7])
  })

  it('loses nothing to points far from the origin', async () => {
    const random = randomStream(6, 'far')
    const shift = Math.fround(2 ** 24 / 3)
    const far = matrix(4096, 1)
    far.data.forEach((_, t) => (far.data[t] = shift + random.normal()))
    const near = copyOf(far)
    near.data.forEach((value, t) => (near.data[t] = value - shift))
    const labels = matrix(4096, 2, random.fillNormal(new Float64Array(8192)))
    for (const ridge of [0, 1]) {
      const [a, b] = await Promise.all(
        [near, far].map((points) => trainRidgeOnPoints(points, labels, ridge, true, blas)),
      )
      expect(relativeError(b.model.weight, a.model.weight)).toBeLessThan(1e-13)
      for (let c = 0; c < 2; c++) {
        const moved = b.model.weight.data[c] * shift
        expect(Math.abs(a.model.bias[c] - moved - b.model.bias[c]) / Math.abs(moved)).toBeLessThan(
          2 * Number.EPSILON,
        )
      }
    }
  })

  it('takes the solution of least norm where many fit', async () => {
    const repeated = matrixOf([
      [1, 1, 0],
      [2, 2, 0],
      [1, 1, 0],
    ])
    const { model } = await trainRidgeOnPoints(repeated, matrixOf([[2], [4], [2]]), 0, false, blas)
    expectClose(model.weight, matrixOf([[1, 1, 0]]))
  })

  it('satisfies the normal equations for any λ', async () => {
    const random = randomStream(5, 'points')
    const x = matrix(12, 7, random.fillNormal(new Float64Array(84)))
    const y = matrix(12, 2, random.fillNormal(new Float64Array(24)))
    for (const ridge of [1e-3, 1, 100]) {
      const { model } = await trainRidgeOnPoints(x, y, ridge, false, blas)
      const gram = await blas.syrk(x, { transpose: true })
      for (let j = 0; j < 7; j++) gram.data[j * 8] += ridge
      const left = await blas.gemm(model.weight, gram)
      const right = await blas.gemm(transpose(y), x)
      expect(relativeError(left, right)).toBeLessThan(1e-13)
    }
    await expect(trainRidgeOnPoints(x, y, -1, false, blas)).rejects.toThrow(RangeError)
  })
})

function expectClose(a: Matrix, b: Matrix): void {
  expect(relativeError(a, b)).toBeLessThan(1e-14)
}

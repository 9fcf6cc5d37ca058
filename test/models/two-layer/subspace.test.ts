import { afterAll, describe, expect, it } from 'vitest'
import { matrix, matrixOf, relativeError } from '#core/matrix'
import { randomStream } from '#core/random'
import { examplesInMemory } from '#models/two-layer/examples'
import { fitLinearPart } from '#models/two-layer/linear-part'
import { publicPoints } from '#models/two-layer/public-points'
import { studentLayer } from '#models/two-layer/student'
import { energyIn, pivotedBasis, principalAngles } from '#models/two-layer/subspace'
import { availableBlas } from '../../statistics/blas.ts'

const [blas, ...others] = await availableBlas()
afterAll(() => Promise.all([blas, ...others].map((provider) => provider.close())))

const plane = matrixOf([
  [1, 0, 0, 0],
  [0, 1, 0, 0],
])

describe('subspaces', () => {
  it('knows the energy inside, and the angles of turned planes to their last digits', async () => {
    expect(await energyIn(matrixOf([[3, 0, 4, 0]]), plane, blas)).toBeCloseTo(0.36, 14)
    const [small, large] = [1e-9, 0.5]
    const turned = matrixOf([
      [Math.cos(small), 0, Math.sin(small), 0],
      [0, 2 * Math.cos(large), 0, 2 * Math.sin(large)],
    ])
    const angles = await principalAngles(turned, plane, blas)
    expect(angles[0] / ((1e-9 * 180) / Math.PI)).toBeCloseTo(1, 6)
    expect(angles[1]).toBeCloseTo((0.5 * 180) / Math.PI, 10)
    expect(await principalAngles(matrixOf([[0, 0, 0, 1]]), plane, blas)).toEqual(Float64Array.of(90))
  })

  it('finds no more directions than there are', () => {
    const points = matrixOf([
      [1, 2, 0, 0],
      [2, 4, 0, 0],
      [0, 0, 3, 0],
    ])
    const { basis, pivots } = pivotedBasis(points, 3)
    expect(pivots).toEqual([1, 2])
    expect(basis.rows).toBe(2)
    expect(pivotedBasis(points, 1).pivots).toEqual([1])
    expect(pivotedBasis(matrix(2, 3), 2).pivots).toEqual([])
  })

  it('draws public points again from the seed, in the span and anywhere', async () => {
    const points = matrixOf([
      [0, 3, 4, 0],
      [1, 0, 0, 0],
    ])
    const described = { seed: 3, count: 5, spread: 2, mode: 'span', pivots: [0, 1] } as const
    const drawn = await publicPoints(described, points, blas)
    const normals = randomStream(3, 'public-points').fillNormal(new Float64Array(10))
    const [first, second] = [normals[0], normals[1]]
    const wanted = [second * 2, first * 2 * 0.6, first * 2 * 0.8, 0]
    wanted.forEach((value, j) => {
      expect(drawn.data[j]).toBeCloseTo(value, 14)
    })
    const full = await publicPoints({ ...described, mode: 'full', spread: 1 }, points, blas)
    expect(full.data).toEqual(randomStream(3, 'public-points').fillNormal(new Float64Array(20)))
  })
})

describe('a student', () => {
  const first = { points: matrixOf([[1, 2, 0]]), labels: Float64Array.of(1), tied: true }

  it('depends on its seed and width alone', async () => {
    const layer = await studentLayer(first, 0.5, { width: 6, seed: 1 }, blas)
    expect(await studentLayer(first, 0.5, { width: 6, seed: 1 }, blas)).toEqual(layer)
    expect((await studentLayer(first, 0.5, { width: 6, seed: 2 }, blas)).biases).not.toEqual(layer.biases)
    // One point: every row is ± half of η x̃.
    layer.rows.data.forEach((value, at) => {
      expect(Math.abs(value)).toBeCloseTo([0.25, 0.5, 0][at % 3], 14)
    })
  })

  it('comes in pairs', () => {
    expect(() => studentLayer(first, 0.5, { width: 7, seed: 1 }, blas)).toThrow(
      expect.objectContaining({ code: 'usage/width' }),
    )
  })
})

it('fits the slope of least norm where columns are dependent', async () => {
  const random = randomStream(1, 'dependent')
  const base = matrix(50, 2, random.fillNormal(new Float64Array(100)))
  const inputs = matrix(50, 3)
  for (let i = 0; i < 50; i++)
    inputs.data.set([base.data[2 * i], base.data[2 * i], base.data[2 * i + 1]], 3 * i)
  const targets = Float64Array.from({ length: 50 }, (_, i) => 1 + 4 * base.data[2 * i] - base.data[2 * i + 1])
  const fit = await fitLinearPart(examplesInMemory(inputs, targets, 7), 3, blas)
  expect(fit.offset).toBeCloseTo(1, 10)
  expect(relativeError(matrixOf([[...fit.slope]]), matrixOf([[2, 2, -1]]))).toBeLessThan(1e-10)
  expect(fit.linearShare).toBeCloseTo(1, 10)
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { frobeniusNorm, matrix, matrixOf, transpose } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { SubsetRidgeOptions } from '#evaluate/subset-ridge'
import { fitSubsetRidge } from '#evaluate/subset-ridge'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

function gaussian(rows: number, cols: number, tag: string): Matrix {
  return matrix(rows, cols, randomStream(3, tag).fillNormal(new Float64Array(rows * cols)))
}

/** (X̃ᵀX̃ + λD) V = X̃ᵀY with a column of ones that D leaves out: the intercept as a plain unpenalised weight. */
async function reference(points: Matrix, labels: Matrix, ridge: number, intercept: boolean) {
  const width = points.cols + (intercept ? 1 : 0)
  const extended = matrix(points.rows, width)
  for (let i = 0; i < points.rows; i++) {
    extended.data.fill(1, i * width, (i + 1) * width)
    extended.data.set(points.data.subarray(i * points.cols, (i + 1) * points.cols), i * width)
  }
  const gram = await blas.syrk(extended, { transpose: true })
  for (let j = 0; j < points.cols; j++) gram.data[j * width + j] += ridge
  const solution = await blas.solve(gram, await blas.gemm(extended, labels, { transposeA: true }))
  const weight = matrix(labels.cols, points.cols)
  for (let c = 0; c < labels.cols; c++) {
    for (let j = 0; j < points.cols; j++)
      weight.data[c * points.cols + j] = solution.data[j * labels.cols + c]
  }
  const bias = intercept ? solution.data.slice(points.cols * labels.cols) : new Float64Array(labels.cols)
  return { weight, bias: matrix(1, labels.cols, bias) }
}

/** ‖a − b‖ / (1 + ‖b‖): weights that are zero in theory have no relative error. */
function gap(a: Matrix, b: Matrix): number {
  const difference = a.data.map((value, i) => value - b.data[i])
  return frobeniusNorm(matrix(a.rows, a.cols, difference)) / (1 + frobeniusNorm(b))
}

const shapes = [
  { m: 1, p: 1, k: 1 },
  { m: 4, p: 9, k: 3 },
  { m: 9, p: 9, k: 2 },
  { m: 20, p: 6, k: 3 },
]

describe('ridge on a subset', () => {
  for (const { m, p, k } of shapes) {
    for (const intercept of [false, true]) {
      it(`solves the normal equations (m ${m}, p ${p}, k ${k}, ${intercept ? 'with' : 'no'} intercept)`, async () => {
        const points = gaussian(m, p, 'points')
        const labels = gaussian(m, k, 'labels')
        const holdOut = { inputs: gaussian(5, p, 'hold-out'), targets: new Float64Array(5 * k) }
        for (const ridge of [1e-3, 0.5, 100]) {
          const options = { blas, holdOut, intercept, ridges: [ridge] }
          const found = await fitSubsetRidge(points, labels, options)
          const expected = await reference(points, labels, ridge, intercept)
          expect(found.ridge).toBe(ridge)
          expect(gap(found.weight, expected.weight)).toBeLessThan(1e-10)
          expect(gap(matrix(1, k, found.bias), expected.bias)).toBeLessThan(1e-10)
        }
      })
    }
  }

  it.each(shapes)('is the minimum-norm solution at λ = 0 (m $m, p $p, k $k)', async ({ m, p, k }) => {
    const points = gaussian(m, p, 'points')
    if (m > 1) points.data.copyWithin(0, p, 2 * p)
    const labels = gaussian(m, k, 'labels')
    const holdOut = { inputs: gaussian(5, p, 'hold-out'), targets: new Float64Array(5 * k) }
    const { weight } = await fitSubsetRidge(points, labels, {
      blas,
      holdOut,
      intercept: false,
      ridges: [0],
    })
    const { x } = await blas.leastSquares(points, labels)
    expect(gap(weight, transpose(x))).toBeLessThan(1e-10)
  })

  it('copes with equal points', async () => {
    const points = matrix(4, 3, new Float64Array(12).fill(2))
    const labels = matrixOf([[1], [3], [1], [3]])
    const holdOut = { inputs: matrix(1, 3), targets: Float64Array.of(2) }
    const options = {
      blas,
      holdOut,
      intercept: true,
      ridges: [1e-3],
    } as const
    const { weight, bias } = await fitSubsetRidge(points, labels, options)
    for (const value of weight.data) expect(Math.abs(value)).toBeLessThan(1e-9)
    expect(bias[0]).toBeCloseTo(2, 9)
  })
})

describe('the choice of λ', () => {
  const options = (rest: Pick<SubsetRidgeOptions, 'holdOut' | 'ridges'>) => ({
    blas,
    intercept: false,
    ...rest,
  })

  it('takes the least squared error', async () => {
    // One point x = 1, y = 1: w = 1 / (1 + λ); the hold-out wants w = 1/3, that is λ = 2.
    const one = matrixOf([[1]])
    const holdOut = { inputs: matrixOf([[3]]), targets: Float64Array.of(1) }
    const { ridge, weight } = await fitSubsetRidge(one, one, options({ holdOut, ridges: [5, 2, 0.1] }))
    expect(ridge).toBe(2)
    expect(weight.data[0]).toBeCloseTo(1 / 3, 14)
  })

  it('takes the highest accuracy, and the smallest λ on a tie', async () => {
    // w = (1, 0) / (1 + λ) for class 0 and (0, 2) / (4 + λ) for class 1. At (1, t) class 0 wins iff t < (4 + λ) / (2 + 2 λ).
    const points = matrixOf([
      [1, 0],
      [0, 2],
    ])
    const labels = matrixOf([
      [1, 0],
      [0, 1],
    ])
    const inputs = matrixOf([[1, 1]])
    const ridges = [100, 10, 3, 1, 0.1]
    const first = await fitSubsetRidge(
      points,
      labels,
      options({ holdOut: { inputs, targets: Int32Array.of(0) }, ridges }),
    )
    expect(first.ridge).toBe(0.1)
    const second = await fitSubsetRidge(
      points,
      labels,
      options({ holdOut: { inputs, targets: Int32Array.of(1) }, ridges }),
    )
    expect(second.ridge).toBe(3)
  })
})

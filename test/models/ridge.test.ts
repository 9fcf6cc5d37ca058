import { afterAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { copyOf, frobeniusNorm, matrix, matrixOf, relativeError, rowsOf, transpose } from '#core/matrix'
import { randomStream } from '#core/random'
import { argmaxRows, predict } from '#models/prediction'
import { preciseResidual, refinedSolve } from '#models/refined-solve'
import { fitRidge, fitRidgePath, ridgeGrid } from '#models/ridge'
import { chooseRidge } from '#models/ridge-choice'
import { trainRidgeOnPoints } from '#models/ridge-points'
import type { Statistics } from '#statistics/statistics'
import { availableBlas } from '../statistics/blas.ts'
import { knownPoints } from './known-points.ts'

const providers = await availableBlas()
const [blas] = providers
afterAll(() => Promise.all(providers.map((provider) => provider.close())))

/** Statistics of examples in memory. */
async function statisticsOf(x: Matrix, y: Matrix): Promise<Statistics> {
  const columnSums = (a: Matrix) => {
    const sums = new Float64Array(a.cols)
    for (let t = 0; t < a.data.length; t++) sums[t % a.cols] += a.data[t]
    return sums
  }
  return {
    count: x.rows,
    inputSize: x.cols,
    targetSize: y.cols,
    gram: await blas.syrk(x, { transpose: true }),
    cross: await blas.gemm(y, x, { transposeA: true }),
    inputSum: columnSums(x),
    targetSum: columnSums(y),
    targetGram: await blas.syrk(y, { transpose: true }),
    exact: false,
    provenance: '',
  }
}

function normal(rows: number, cols: number, seed: number, tag = 'normal'): Matrix {
  return matrix(rows, cols, randomStream(seed, tag).fillNormal(new Float64Array(rows * cols)))
}

/** Twenty integer columns, so that statistics are exact, of which the last four are sums of the others. */
function integerExamples(n: number, seed: number, independent = 16) {
  const random = randomStream(seed, 'integers')
  const x = matrix(n, 20)
  for (let i = 0; i < n; i++) {
    const row = x.data.subarray(i * 20, (i + 1) * 20)
    for (let j = 0; j < independent; j++) row[j] = random.integer(31) - 10
    for (let j = independent; j < 20; j++) row[j] = row[j - independent] - row[j - independent + 1]
  }
  const y = matrix(
    n,
    3,
    Float64Array.from({ length: n * 3 }, () => random.integer(7)),
  )
  return { x, y }
}

/** b − x·a in integers of unlimited size. */
function exactResidual(a: Matrix, b: Matrix, x: Matrix): Matrix {
  const wide = (value: number) => {
    const high = Math.trunc(value * 2 ** 40)
    return (BigInt(high) << 60n) + BigInt(Math.trunc((value * 2 ** 40 - high) * 2 ** 60))
  }
  const result = matrix(b.rows, b.cols)
  for (let c = 0; c < b.rows; c++) {
    for (let j = 0; j < b.cols; j++) {
      let sum = wide(b.data[c * b.cols + j]) << 100n
      for (let l = 0; l < a.rows; l++) {
        sum -= wide(x.data[c * a.rows + l]) * wide(a.data[l * a.cols + j])
      }
      result.data[c * b.cols + j] = Number(sum) / 2 ** 200
    }
  }
  return result
}

describe('refined solutions', () => {
  it('see residuals far below the rounding of float64', async () => {
    const { x, y } = integerExamples(200, 1, 20)
    const { gram, cross } = await statisticsOf(x, y)
    const solution = transpose(await blas.solvePositive(gram, transpose(cross)))
    const residual = await preciseResidual(gram, cross, solution, blas)
    const expected = exactResidual(gram, cross, solution)
    expect(frobeniusNorm(expected)).toBeGreaterThan(0)
    expect(relativeError(residual, expected)).toBeLessThan(1e-9)
    // Sums of products grow as far as they can, and then, in the second row, cancel.
    for (const [p, k] of [
      [20, 3],
      [900, 2],
    ]) {
      const random = randomStream(8, 'alike')
      const alike = (rows: number) =>
        matrix(
          rows,
          p,
          Float64Array.from({ length: rows * p }, () => 1 - random.uniform() / 16),
        )
      const a = alike(p)
      for (let i = 0; i < p; i++) for (let j = 0; j < i; j++) a.data[i * p + j] = a.data[j * p + i]
      const x = alike(k)
      for (let j = p / 2; j < p; j++) x.data[p + j] *= -1
      const b = await blas.gemm(x, a)
      const rounding = exactResidual(a, b, x)
      expect(frobeniusNorm(rounding) / frobeniusNorm(b)).toBeLessThan(1e-13)
      const found = await preciseResidual(a, b, x, blas)
      expect(relativeError(found, rounding)).toBeLessThan(1e-6)
      expect(relativeError(rowsOf(found, 1, 2), rowsOf(rounding, 1, 2))).toBeLessThan(1e-6)
    }
  })

  it('are right to the last digits where the solver alone is not', async () => {
    for (const condition of [1, 2 ** 10, 2 ** 16, 2 ** 20]) {
      // S = Xᵀ X has the squared condition number, and is exact in float64 for these points.
      const known = knownPoints({ m: 64, p: 16, rank: 16, condition })
      const { gram, cross } = await statisticsOf(known.points, known.labels)
      const solver = async (b: Matrix) => transpose(await blas.solve(gram, transpose(b)))
      const refined = await refinedSolve(gram, cross, solver, blas)
      const exact = known.solution(0, false).weight
      expect(relativeError(refined, exact), `condition ${condition}`).toBeLessThan(1e-15)
      if (condition > 1000) expect(relativeError(await solver(cross), exact)).toBeGreaterThan(1e-14)
    }
  })

  it('keep the answer of a solver that cannot be improved', async () => {
    const wrong = async (b: Matrix) => copyOf(b)
    const a = matrixOf([
      [5, 0],
      [0, 7],
    ])
    const b = matrixOf([[1, 1]])
    expect(await refinedSolve(a, b, wrong, blas)).toEqual(b)
    expect((await refinedSolve(a, matrix(1, 2), wrong, blas)).data).toEqual(new Float64Array(2))
  })
})

describe.each([false, true])('ridge regression from statistics (intercept: %s)', (intercept) => {
  const { x, y } = integerExamples(150, 2)

  it('is ridge regression on the examples, for every λ, the singular 0 included', async () => {
    const statistics = await statisticsOf(x, y)
    const path = await fitRidgePath(statistics, { blas, intercept })
    for (const ridge of [0, 1e-3, 1, 1e3]) {
      const { model } = await trainRidgeOnPoints(x, y, ridge, intercept, blas)
      const fast = await path.at(ridge)
      const fine = await fitRidge(statistics, ridge, { blas, intercept })
      // In the null space of S an error of ε ‖S‖ counts ‖S‖ / λ-fold: eigenvectors make one, centring makes one; the
      // sums of integers themselves do not.
      const lost = ridge === 0 ? 0 : (20 * Number.EPSILON * path.eigenvalues[19]) / ridge
      for (const [found, tolerance] of [
        [fast, 1e-11 + lost],
        [fine, 1e-11 + (intercept ? lost : 0)],
      ] as const) {
        expect(relativeError(found.weight, model.weight), `λ ${ridge}`).toBeLessThan(tolerance)
        found.bias.forEach((bias, c) => expect(bias).toBeCloseTo(model.bias[c], 8))
        expect(found).toMatchObject({ ridge, intercept })
      }
      if (!intercept) expect(new Set(fine.bias)).toEqual(new Set([0]))
    }
  })

  it('is the same by every provider, to the last digits', async () => {
    const full = integerExamples(150, 3, 20)
    const statistics = await statisticsOf(full.x, full.y)
    for (const ridge of [1e-3, 10]) {
      const models = await Promise.all(
        providers.map((provider) => fitRidge(statistics, ridge, { blas: provider, intercept })),
      )
      for (const { weight } of models) expect(relativeError(weight, models[0].weight)).toBeLessThan(1e-15)
    }
  })

  it('needs no eigendecomposition where S is known to be clear of rounding', async () => {
    const full = integerExamples(150, 3, 20)
    const statistics = await statisticsOf(full.x, full.y)
    const { eigenvalues } = await fitRidgePath(statistics, { blas, intercept })
    const eigenSymmetric = () => Promise.reject(new Error('an eigendecomposition'))
    const without = { blas: { ...blas, eigenSymmetric }, intercept }
    const found = await fitRidge(statistics, 1e-9, { ...without, least: eigenvalues[0] })
    const wanted = await fitRidge(statistics, 1e-9, { blas, intercept })
    expect(relativeError(found.weight, wanted.weight)).toBeLessThan(1e-15)
    await expect(fitRidge(statistics, 1e-9, without)).rejects.toThrow('an eigendecomposition')
    const singular = await statisticsOf(x, y)
    const { eigenvalues: small } = await fitRidgePath(singular, { blas, intercept })
    await expect(fitRidge(singular, 1e-15, { ...without, least: small[0] })).rejects.toThrow()
  })

  it('falls back to the eigendecomposition where S + λI is not positive definite', async () => {
    const statistics = await statisticsOf(matrixOf([[1e9, 1e9, 1e9]]), matrixOf([[1]]))
    const { weight } = await fitRidge(statistics, 1e-30, { blas, intercept })
    if (intercept) expect(frobeniusNorm(weight)).toBe(0)
    else for (const value of weight.data) expect(value).toBeCloseTo(1e-9 / 3, 20)
  })
})

describe('ridge regression from statistics', () => {
  it('gives directions that S does not resolve no weight, at λ = 0 and just above', async () => {
    const x = matrixOf([
      [1e10, 0],
      [0, 1e-3],
    ])
    const statistics = await statisticsOf(x, matrixOf([[1], [1]]))
    const path = await fitRidgePath(statistics, { blas, intercept: false })
    for (const ridge of [0, 1e-12]) {
      for (const { weight } of [
        await path.at(ridge),
        await fitRidge(statistics, ridge, { blas, intercept: false }),
      ]) {
        expect(weight.data[0]).toBeCloseTo(1e-10, 20)
        expect(weight.data[1]).toBe(0)
      }
    }
  })

  it('gives directions that the data do not span no weight beyond rounding, however small λ is', async () => {
    // Three one-hot columns add up to 1: centred, they span two directions.
    const random = randomStream(4, 'one-hot')
    const x = matrix(400, 5)
    const y = matrix(400, 3)
    for (let i = 0; i < 400; i++) {
      const kind = random.integer(3)
      x.data[i * 5 + kind] = 1
      x.data[i * 5 + 3] = random.normal()
      x.data[i * 5 + 4] = random.normal()
      y.data[i * 3 + ((kind + random.integer(2)) % 3)] = 1
    }
    const statistics = await statisticsOf(x, y)
    for (const [ridge, rounding] of [
      [0, 1e-13],
      [1e-9, 1e-13],
      [1e-7, 1e-13],
      // Cholesky: the rounding of C, ε ‖S‖, over λ
      [1e-5, 1e-8],
      [1e-2, 1e-11],
    ]) {
      const { model } = await trainRidgeOnPoints(x, y, ridge, true, blas)
      const { weight } = await fitRidge(statistics, ridge, { blas, intercept: true })
      expect(relativeError(weight, model.weight), `λ ${ridge}`).toBeLessThan(1e-13 + rounding)
      for (let c = 0; c < 3; c++) {
        const along = weight.data[c * 5] + weight.data[c * 5 + 1] + weight.data[c * 5 + 2]
        expect(Math.abs(along), `λ ${ridge}`).toBeLessThan(rounding)
      }
      // Labels that sum to 1 leave the columns of W no sum, to the last bit.
      for (let j = 0; j < 5; j++) {
        const sum = weight.data[j] + weight.data[5 + j] + weight.data[10 + j]
        expect(Math.abs(sum)).toBeLessThan(1e-16)
      }
    }
  })

  it('works for one example of one input', async () => {
    const statistics = await statisticsOf(matrixOf([[2]]), matrixOf([[6]]))
    expect(Array.from((await fitRidge(statistics, 0, { blas, intercept: false })).weight.data)).toEqual([3])
    expect(Array.from((await fitRidge(statistics, 2, { blas, intercept: false })).weight.data)).toEqual([2])
    const centred = await fitRidge(statistics, 0, { blas, intercept: true })
    expect([...centred.weight.data, ...centred.bias]).toEqual([0, 6])
    await expect(fitRidge(statistics, -1, { blas, intercept: false })).rejects.toThrow(RangeError)
  })

  it('has the λ grids of the paper', () => {
    expect(ridgeGrid('vector')).toHaveLength(24)
    expect(ridgeGrid('image')).toHaveLength(18)
    for (const kind of ['vector', 'image'] as const) {
      const grid = ridgeGrid(kind)
      expect(grid[0]).toBe(kind === 'vector' ? 1e-6 : 1e-3)
      expect(grid.at(-1)).toBeCloseTo(10 ** 5.5, 6)
      grid.slice(1).forEach((value, i) => expect(value / grid[i]).toBeCloseTo(Math.sqrt(10), 10))
    }
  })
})

describe('prediction', () => {
  it('is W x + b, and the first largest score', async () => {
    const weight = matrixOf([
      [1, 2],
      [0, 1],
      [1, 2],
    ])
    const scores = await predict(
      { weight, bias: Float64Array.of(1, 0, 1) },
      matrixOf([
        [1, 1],
        [-3, 4],
      ]),
      blas,
    )
    expect(scores).toEqual(
      matrixOf([
        [4, 1, 4],
        [6, 4, 6],
      ]),
    )
    expect(Array.from(argmaxRows(scores))).toEqual([0, 0])
    expect(argmaxRows(matrix(0, 3))).toHaveLength(0)
    expect(
      Array.from(
        argmaxRows(
          matrixOf([
            [-2, -1],
            [NaN, 1],
          ]),
        ),
      ),
    ).toEqual([1, 0])
  })
})

describe('the choice of λ', () => {
  const train = { x: normal(60, 10, 1), y: matrix(60, 3) }
  const held = { x: normal(2500, 10, 2), labels: new Int32Array(2500) }
  const truth = normal(3, 10, 3)
  const label = async (x: Matrix, noise: Matrix) => {
    const scores = await blas.gemm(x, truth, { transposeB: true })
    for (let t = 0; t < scores.data.length; t++) scores.data[t] += 3 * noise.data[t]
    return argmaxRows(scores)
  }

  it('is by accuracy for classes: the first of the best', async () => {
    const classes = await label(train.x, normal(60, 3, 4))
    classes.forEach((c, i) => (train.y.data[i * 3 + c] = 1))
    held.labels.set(await label(held.x, normal(2500, 3, 5)))
    for (const intercept of [false, true]) {
      const path = await fitRidgePath(await statisticsOf(train.x, train.y), { blas, intercept })
      const grid = ridgeGrid('vector')
      const choice = await chooseRidge(path, { inputs: held.x, targets: held.labels }, grid, blas)
      const accuracies: number[] = []
      for (const ridge of grid) {
        const predicted = argmaxRows(await predict(await path.at(ridge), held.x, blas))
        accuracies.push(predicted.filter((c, i) => c === held.labels[i]).length / 2500)
      }
      expect(choice.scores).toEqual(accuracies)
      expect(choice.ridge).toBe(grid[accuracies.indexOf(Math.max(...accuracies))])
      expect(choice.criterion).toBe('accuracy')
      expect(new Set(accuracies).size).toBeGreaterThan(3)
    }
  })

  it('is by squared error for real targets, from examples or from their statistics', async () => {
    const targets = await blas.gemm(held.x, truth, { transposeB: true })
    const noise = normal(2500, 3, 6)
    targets.data.forEach((value, t) => (targets.data[t] = value + noise.data[t] + 2))
    const y = await blas.gemm(train.x, truth, { transposeB: true })
    const trainNoise = normal(60, 3, 7)
    y.data.forEach((value, t) => (y.data[t] = value + 4 * trainNoise.data[t] + 2))
    for (const intercept of [false, true]) {
      const path = await fitRidgePath(await statisticsOf(train.x, y), { blas, intercept })
      const grid = ridgeGrid('vector')
      const direct = await chooseRidge(path, { inputs: held.x, targets: targets.data }, grid, blas)
      const statistics = await statisticsOf(held.x, targets)
      const algebraic = await chooseRidge(path, { statistics }, grid, blas)
      expect(algebraic.ridge).toBe(direct.ridge)
      expect(direct.criterion).toBe('squared-error')
      direct.scores.forEach((score, i) => expect(algebraic.scores[i] / score).toBeCloseTo(1, 11))
      expect(direct.ridge).toBe(grid[direct.scores.indexOf(Math.min(...direct.scores))])
      expect(direct.ridge).toBeGreaterThan(1e-6)
      expect(direct.ridge).toBeLessThan(1e5)
    }
  })

  it('counts a tie of scores as the first class', async () => {
    const path = await fitRidgePath(await statisticsOf(train.x, matrix(60, 3)), { blas, intercept: false })
    const labels = Int32Array.from({ length: 2500 }, (_, i) => (i % 5 === 0 ? 0 : 1 + (i % 2)))
    const choice = await chooseRidge(path, { inputs: held.x, targets: labels }, [1, 10], blas)
    expect(choice).toEqual({ ridge: 1, criterion: 'accuracy', scores: [0.2, 0.2] })
  })

  it('needs a hold-out', async () => {
    const path = await fitRidgePath(await statisticsOf(train.x, train.y), { blas, intercept: false })
    const none = { inputs: matrix(0, 10), targets: new Int32Array() }
    await expect(chooseRidge(path, none, [1], blas)).rejects.toMatchObject({ code: 'data/too-few-examples' })
  })
})

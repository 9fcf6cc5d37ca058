import type { FloatArray, Matrix } from '#linalg/blas'
import { NotPositiveDefinite, Singular } from '#linalg/blas'
import type { BlasCase } from './blas-case.ts'
import {
  check,
  checkAtMost,
  checkElementType,
  checkSameBits,
  checkShape,
  distance,
  mapped,
  norm,
  product,
  rejection,
  stableBound,
  transposeOf,
} from './blas-checks.ts'
import type { Precision } from './blas-matrices.ts'
import { geometric, normal, randomFor, withEigenvalues, withSingularValues } from './blas-matrices.ts'

const sizes = [1, 2, 3, 31, 63, 65, 127, 129, 257]
const sideCounts = [1, 3, 64, 65]

export function systemCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  /** As ill-conditioned as half the digits and more allow. */
  const condition = precision.name === 'float64' ? 1e10 : 1e4
  const sides = (size: number, tag: string) => {
    const count = sideCounts[size % sideCounts.length]
    return precision.matrix(size, count, normal(randomFor(tag, size), size * count))
  }
  const positive = (size: number) =>
    precision.matrix(size, size, withEigenvalues(randomFor('positive', size), geometric(size, condition)))

  return [
    ...sizes.map(
      (size) =>
        ({
          name: `cholesky of order ${size}, condition ${condition}, reading only the lower triangle`,
          async run(blas) {
            const a = positive(size)
            const poisoned = precision.matrix(size, size, poisonedAbove(a).data)
            const factor = await blas.cholesky(poisoned)
            checkElementType(factor, precision)
            check(isLower(factor), 'the upper triangle of the factor is not zero')
            const residual = distance(product(factor, factor, { transposeB: true }), a)
            checkAtMost(residual, stableBound(precision, size, size) * norm(a), '‖LLᵀ − A‖')
            checkSameBits(
              poisoned.data,
              precision.matrix(size, size, poisonedAbove(a).data).data,
              'a was changed',
            )
          },
        }) satisfies BlasCase,
    ),
    ...sizes.map(
      (size) =>
        ({
          name: `solvePositive of order ${size}, condition ${condition}`,
          async run(blas) {
            const a = positive(size)
            const b = sides(size, 'positive-sides')
            const before = b.data.slice()
            checkSolution(precision, a, await blas.solvePositive(a, b), b)
            checkSameBits(b.data, before, 'b was changed')
          },
        }) satisfies BlasCase,
    ),
    ...sizes.map(
      (size) =>
        ({
          name: `solve of order ${size}, condition ${condition}`,
          async run(blas) {
            const values = withSingularValues(
              randomFor('general', size),
              size,
              size,
              geometric(size, condition),
            )
            const a = precision.matrix(size, size, values)
            const b = sides(size, 'general-sides')
            const before = [a.data.slice(), b.data.slice()]
            checkSolution(precision, a, await blas.solve(a, b), b)
            checkSameBits(a.data, before[0], 'a was changed')
            checkSameBits(b.data, before[1], 'b was changed')
          },
        }) satisfies BlasCase,
    ),
    ...sizes.map(
      (size) =>
        ({
          name: `solveTriangular of order ${size}: either triangle, transposed, unit`,
          async run(blas) {
            const random = randomFor('triangular', size)
            const b = sides(size, 'triangular-sides')
            for (const lower of [true, false]) {
              for (const transpose of [true, false]) {
                for (const unit of [true, false]) {
                  const t = triangular(random.fillNormal(new Float64Array(size * size)), size, lower, unit)
                  const poisoned = precision.matrix(size, size, poisonedOff(t, lower, unit).data)
                  const x = await blas.solveTriangular(poisoned, b, { lower, transpose, unit })
                  const rounded = precision.matrix(size, size, t.data)
                  checkSolution(precision, transpose ? transposeOf(rounded) : rounded, x, b)
                }
              }
            }
          },
        }) satisfies BlasCase,
    ),
    ...systemEdges(precision),
  ]
}

function systemEdges<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  return [
    {
      name: 'rows of very different size: the pivoted solve stays backward stable',
      async run(blas) {
        const random = randomFor('graded')
        const size = 65
        const scales = geometric(size, precision.name === 'float64' ? 1e12 : 1e5)
        const values = normal(random, size * size).map((value, i) => value * scales[Math.floor(i / size)])
        const a = precision.matrix(size, size, values)
        const b = precision.matrix(size, 3, normal(random, size * 3))
        checkSolution(precision, a, await blas.solve(a, b), b)
      },
    },
    {
      name: 'a zero on the diagonal is pivoted away',
      async run(blas) {
        const x = await blas.solve(
          precision.matrix(3, 3, [0, 2, 0, 0, 0, 4, 8, 0, 0]),
          precision.matrix(3, 2, [2, 4, 4, 8, 8, 16]),
        )
        checkSameBits(x.data, [1, 2, 1, 2, 1, 2], 'the solution')
      },
    },
    {
      name: 'cholesky names the leading minor that is not positive',
      async run(blas) {
        const pivotOf = async (a: Matrix<A>) => (await rejection(blas.cholesky(a), NotPositiveDefinite)).pivot
        check((await pivotOf(precision.matrix(1, 1, [-1]))) === 0, 'of −1')
        check((await pivotOf(precision.matrix(1, 1, [0]))) === 0, 'of 0')
        check((await pivotOf(precision.matrix(2, 2, [1, 1, 1, 1]))) === 1, 'of a singular 2 × 2')
        for (const [size, bad] of [
          [5, 2],
          [65, 64],
          [129, 100],
          [257, 31],
          [257, 200],
        ]) {
          const factor = mapped(
            triangular(normal(randomFor('minor', size), size * size), size, true, true),
            (value, row, col) => (row === col ? value : value / size),
          )
          const signed = mapped(factor, (value, _, col) => (col === bad ? -value : value))
          const a = product(signed, factor, { transposeB: true })
          const pivot = await pivotOf(precision.matrix(size, size, a.data))
          check(pivot === bad, `minor ${bad} of order ${size} was named ${pivot}`)
        }
        await rejection(
          blas.solvePositive(precision.matrix(1, 1, [-1]), precision.matrix(1, 1, [1])),
          NotPositiveDefinite,
        )
      },
    },
    {
      name: 'cholesky refuses NaN and infinity',
      async run(blas) {
        for (const size of [2, 70, 150]) {
          for (const bad of [NaN, Infinity]) {
            const a = precision.matrix(
              size,
              size,
              withEigenvalues(randomFor('nan', size), new Float64Array(size).fill(2)),
            )
            a.data[(size - 1) * size] = bad
            await rejection(blas.cholesky(a), NotPositiveDefinite)
          }
        }
      },
    },
    {
      name: 'solve refuses an exactly singular matrix',
      async run(blas) {
        const b = precision.matrix(2, 1, [1, 1])
        const error = await rejection(blas.solve(precision.matrix(2, 2, [1, 2, 2, 4]), b), Singular)
        check(error.pivot === 1, `pivot ${error.pivot}`)
        await rejection(blas.solve(precision.matrix(2, 2), b), Singular)
        await rejection(blas.solve(precision.matrix(1, 1), precision.matrix(1, 0)), Singular)
      },
    },
    {
      name: 'systems without rows or without right-hand sides',
      async run(blas) {
        const none = precision.matrix(0, 0)
        checkShape(await blas.cholesky(none), 0, 0, 'the factor')
        const eye = precision.matrix(2, 2, [1, 0, 0, 1])
        for (const solve of [blas.solve, blas.solvePositive, blas.solveTriangular]) {
          checkShape(await solve(none, precision.matrix(0, 4)), 0, 4, 'no rows')
          checkShape(await solve(eye, precision.matrix(2, 0)), 2, 0, 'no right-hand sides')
          await rejection(solve(eye, precision.matrix(3, 1)), RangeError)
          await rejection(solve(precision.matrix(2, 3), precision.matrix(2, 1)), RangeError)
        }
      },
    },
  ]
}

/** Normwise backward error: ‖b − a·x‖ ≤ bound·(‖a‖·‖x‖ + ‖b‖). */
function checkSolution<A extends FloatArray>(
  precision: Precision<A>,
  a: Matrix<FloatArray>,
  x: Matrix<A>,
  b: Matrix<A>,
): void {
  checkElementType(x, precision)
  checkShape(x, a.cols, b.cols, 'the solution')
  const bound = stableBound(precision, a.rows, a.cols) * (norm(a) * norm(x) + norm(b))
  checkAtMost(distance(product(a, x), b), bound, '‖b − A·x‖')
}

/** A well-conditioned triangle: small off the diagonal, ±(1 … 2) on it. */
function triangular(values: Float64Array, size: number, lower: boolean, unit: boolean): Matrix {
  return mapped({ rows: size, cols: size, data: values }, (value, row, col) => {
    if (row === col) return unit ? 1 : Math.sign(value) * (1 + Math.min(1, Math.abs(value)))
    return row > col === lower ? value / size : 0
  })
}

function poisonedAbove(a: Matrix<FloatArray>): Matrix {
  return mapped(a, (value, row, col) => (col > row ? NaN : value))
}

function poisonedOff(t: Matrix, lower: boolean, unit: boolean): Matrix {
  return mapped(t, (value, row, col) => {
    if (row === col) return unit ? NaN : value
    return row > col === lower ? value : NaN
  })
}

function isLower(a: Matrix<FloatArray>): boolean {
  return a.data.every((value, i) => i % a.cols <= Math.floor(i / a.cols) || value === 0)
}

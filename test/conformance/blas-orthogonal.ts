import type { FloatArray, Matrix } from '#linalg/blas'
import { DidNotConverge } from '#linalg/blas'
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
  orthogonalityError,
  product,
  rejection,
  stableBound,
} from './blas-checks.ts'
import type { Precision } from './blas-matrices.ts'
import { geometric, normal, randomFor, withSingularValues } from './blas-matrices.ts'

export const rectangles = [
  [1, 1],
  [1, 7],
  [7, 1],
  [2, 2],
  [3, 5],
  [31, 31],
  [65, 33],
  [33, 65],
  [129, 63],
  [63, 129],
  [257, 127],
  [1000, 5],
  [5, 1000],
] as const

/** Singular values of every kind that a factorisation must bear. */
export function spectra(precision: Precision<FloatArray>) {
  const illConditioned = precision.name === 'float64' ? 1e10 : 1e4
  return {
    flat: (size: number) => geometric(size, 1),
    'ill-conditioned': (size: number) => geometric(size, illConditioned),
    graded: (size: number) => geometric(size, precision.epsilon ** -1.5),
    'rank-deficient': (size: number) => geometric(size, 100).map((value, i) => (2 * i < size ? value : 0)),
    zero: (size: number) => new Float64Array(size),
  } as const
}

export function orthogonalCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  return [...qrCases(precision), ...householderCases(precision), ...leastSquaresCases(precision)]
}

function householderCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  return [
    ...rectangles.map(
      ([rows, cols]) =>
        ({
          name: `householder of ${rows} × ${cols}: q·r is a, and q applied is orthonormal`,
          async run(blas) {
            for (const [kind, values] of Object.entries(spectra(precision))) {
              const size = Math.min(rows, cols)
              const random = randomFor('householder', kind, rows, cols)
              const a = precision.matrix(rows, cols, withSingularValues(random, rows, cols, values(size)))
              const before = a.data.slice()
              const { r, project, expand } = await blas.householder(a)
              checkSameBits(a.data, before, 'a was changed')
              a.data.fill(0)
              const original = precision.matrix(rows, cols, before)
              checkShape(r, size, cols, 'r')
              const bound = stableBound(precision, rows, cols)
              const again = await expand(r)
              checkElementType(again, precision)
              checkShape(again, rows, cols, 'q·r')
              checkAtMost(distance(again, original), bound * norm(original), `${kind}: ‖QR − A‖`)
              const sides = precision.matrix(rows, 3, normal(random, rows * 3))
              const kept = sides.data.slice()
              const identity = precision.matrix(
                size,
                size,
                Float64Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0)),
              )
              const q = await expand(identity)
              checkAtMost(orthogonalityError(q), bound, `${kind}: ‖QᵀQ − I‖`)
              const projected = await project(sides)
              checkShape(projected, size, 3, 'qᵀ·b')
              checkSameBits(sides.data, kept, 'b was changed')
              checkAtMost(
                distance(projected, product(q, sides, { transposeA: true })),
                bound * norm(sides),
                `${kind}: qᵀ·b`,
              )
            }
          },
        }) satisfies BlasCase,
    ),
    {
      name: 'householder without rows, columns or sides; sides that do not fit',
      async run(blas) {
        const wide = await blas.householder(precision.matrix(0, 3))
        checkShape(wide.r, 0, 3, 'r of 0 × 3')
        const tall = await blas.householder(precision.matrix(3, 0))
        checkShape(await tall.project(precision.matrix(3, 2)), 0, 2, 'qᵀ·b of 3 × 0')
        checkShape(await tall.expand(precision.matrix(0, 2)), 3, 2, 'q·b of 3 × 0')
        const square = await blas.householder(precision.matrix(3, 3))
        checkShape(await square.project(precision.matrix(3, 0)), 3, 0, 'no sides')
        checkShape(await square.expand(precision.matrix(3, 0)), 3, 0, 'no sides')
        const thin = await blas.householder(precision.matrix(3, 2))
        await rejection(thin.project(precision.matrix(2, 1)), RangeError)
        await rejection(thin.expand(precision.matrix(3, 1)), RangeError)
      },
    },
  ]
}

function qrCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  return [
    ...rectangles.map(
      ([rows, cols]) =>
        ({
          name: `qr of ${rows} × ${cols}, well and ill-conditioned, rank-deficient, zero`,
          async run(blas) {
            for (const [kind, values] of Object.entries(spectra(precision))) {
              const size = Math.min(rows, cols)
              const random = randomFor('qr', kind, rows, cols)
              const a = precision.matrix(rows, cols, withSingularValues(random, rows, cols, values(size)))
              const before = a.data.slice()
              const { q, r } = await blas.qr(a)
              checkElementType(q, precision)
              checkShape(q, rows, size, 'q')
              checkShape(r, size, cols, 'r')
              const bound = stableBound(precision, rows, cols)
              checkAtMost(distance(product(q, r), a), bound * norm(a), `${kind}: ‖QR − A‖`)
              checkAtMost(orthogonalityError(q), bound, `${kind}: ‖QᵀQ − I‖`)
              check(
                r.data.every((value, i) => i % cols >= Math.floor(i / cols) || value === 0),
                `${kind}: r is not upper triangular`,
              )
              checkSameBits(a.data, before, 'a was changed')
            }
          },
        }) satisfies BlasCase,
    ),
    {
      name: 'qr without rows or columns',
      async run(blas) {
        const wide = await blas.qr(precision.matrix(0, 3))
        checkShape(wide.q, 0, 0, 'q of 0 × 3')
        checkShape(wide.r, 0, 3, 'r of 0 × 3')
        const tall = await blas.qr(precision.matrix(3, 0))
        checkShape(tall.q, 3, 0, 'q of 3 × 0')
        checkShape(tall.r, 0, 0, 'r of 3 × 0')
      },
    },
  ]
}

function leastSquaresCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  return [
    ...rectangles.map(
      ([rows, cols]) =>
        ({
          name: `leastSquares of ${rows} × ${cols}, full rank: residual orthogonal, solution of minimum norm`,
          async run(blas) {
            const condition = 100
            const values = geometric(Math.min(rows, cols), condition)
            await checkLeastSquares(blas.leastSquares, precision, rows, cols, values, condition)
          },
        }) satisfies BlasCase,
    ),
    ...[
      [40, 40, 13],
      [129, 65, 40],
      [65, 129, 40],
      [257, 64, 1],
      [64, 200, 63],
      [300, 31, 30],
    ].map(
      ([rows, cols, rank]) =>
        ({
          name: `leastSquares of ${rows} × ${cols}, rank ${rank}: the rank is found, the pseudo-inverse applied`,
          async run(blas) {
            const condition = 100
            const values = geometric(rank, condition)
            await checkLeastSquares(blas.leastSquares, precision, rows, cols, values, condition)
          },
        }) satisfies BlasCase,
    ),
    {
      name: 'leastSquares cuts the rank at the given tolerance',
      async run(blas) {
        const a = precision.matrix(3, 3, [1, 0, 0, 0, 2 ** -10, 0, 0, 0, 2 ** -20])
        const b = precision.matrix(3, 1, [1, 2 ** -10, 2 ** -20])
        const solve = async (tolerance?: number) => {
          const { x, rank } = await blas.leastSquares(a, b, { tolerance })
          return [rank, ...x.data].join(' ')
        }
        check((await solve()) === '3 1 1 1', 'default')
        check((await solve(2 ** -15)) === '2 1 1 0', 'two')
        check((await solve(0.5)) === '1 1 0 0', 'one')
      },
    },
    {
      name: 'leastSquares of zero, without rows, columns or right-hand sides',
      async run(blas) {
        const shapeOf = async (rows: number, cols: number, sides: number) => {
          const { x, rank } = await blas.leastSquares(
            precision.matrix(rows, cols),
            precision.matrix(rows, sides),
          )
          check(rank === 0, `rank ${rank}`)
          checkShape(x, cols, sides, 'x')
          check(
            x.data.every((value) => value === 0),
            'x is not zero',
          )
        }
        await shapeOf(4, 3, 2)
        await shapeOf(3, 4, 2)
        await shapeOf(0, 3, 2)
        await shapeOf(3, 0, 2)
        await shapeOf(0, 0, 0)
        const full = await blas.leastSquares(precision.matrix(2, 2, [1, 0, 0, 1]), precision.matrix(2, 0))
        check(full.rank === 2, 'rank without right-hand sides')
        checkShape(full.x, 2, 0, 'x without right-hand sides')
      },
    },
    {
      name: 'leastSquares refuses NaN, infinity and shapes that do not fit',
      async run(blas) {
        const b = precision.matrix(2, 1, [1, 1])
        for (const bad of [NaN, Infinity]) {
          await rejection(blas.leastSquares(precision.matrix(2, 2, [1, bad, 0, 1]), b), DidNotConverge)
        }
        await rejection(blas.leastSquares(precision.matrix(3, 2), b), RangeError)
      },
    },
  ]
}

/** Against the pseudo-inverse by construction: x = V·S⁺·Uᵀ·b for a = U·S·Vᵀ made of known reflections. */
async function checkLeastSquares<A extends FloatArray>(
  leastSquares: (a: Matrix<A>, b: Matrix<A>) => Promise<{ x: Matrix<A>; rank: number }>,
  precision: Precision<A>,
  rows: number,
  cols: number,
  values: Float64Array,
  condition: number,
): Promise<void> {
  const make = (singular: Float64Array) =>
    withSingularValues(randomFor('least-squares', rows, cols), rows, cols, singular)
  const a = precision.matrix(rows, cols, make(values))
  const pseudoInverse: Matrix = { rows, cols, data: make(values.map((value) => 1 / value)) }
  const b = precision.matrix(rows, 3, normal(randomFor('least-squares-sides', rows, cols), rows * 3))
  const before = [a.data.slice(), b.data.slice()]
  const { x, rank } = await leastSquares(a, b)
  checkElementType(x, precision)
  checkShape(x, cols, 3, 'x')
  check(rank === values.length, `rank ${rank}, not ${values.length}`)
  const expected = product(pseudoInverse, b, { transposeA: true })
  // First-order perturbation of a least-squares solution: condition² where the residual is not small.
  const bound = stableBound(precision, rows, cols) * condition * condition
  checkAtMost(distance(x, expected), bound * norm(b), '‖x − A⁺b‖')
  const residual = mapped(product(a, x), (value, row, col) => value - b.data[row * 3 + col])
  const gradient = norm(product(a, residual, { transposeA: true }))
  checkAtMost(
    gradient,
    stableBound(precision, rows, cols) * norm(a) * (norm(b) + norm(a) * norm(x)),
    '‖Aᵀ(Ax − b)‖',
  )
  checkSameBits(a.data, before[0], 'a was changed')
  checkSameBits(b.data, before[1], 'b was changed')
}

import type { Blas, FloatArray, Matrix } from '#linalg/blas'
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
import { geometric, normal, randomFor, withEigenvalues, withSingularValues } from './blas-matrices.ts'
import { rectangles, spectra } from './blas-orthogonal.ts'

const sizes = [1, 2, 3, 31, 63, 65, 127, 129, 257]

export function spectralCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  return [...eigenCases(precision), ...svdCases(precision), ...extremeCases(precision)]
}

function eigenCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  const kinds: Record<string, (size: number) => Float64Array> = {
    ...spectra(precision),
    indefinite: (size) => Float64Array.from({ length: size }, (_, i) => i - size / 2),
    repeated: (size) => Float64Array.from({ length: size }, (_, i) => 1 + (i % 3)),
    clustered: (size) => Float64Array.from({ length: size }, (_, i) => 1 + i * precision.epsilon),
  }
  return sizes.map((size) => ({
    name: `eigenSymmetric of order ${size}: ${Object.keys(kinds).join(', ')}`,
    async run(blas) {
      for (const [kind, make] of Object.entries(kinds)) {
        const expected = make(size).sort()
        const a = precision.matrix(size, size, withEigenvalues(randomFor('eigen', kind, size), expected))
        await checkEigen(blas, precision, a, kind, expected)
      }
      const noise = normal(randomFor('eigen', size), size * size)
      const random = mapped(
        { rows: size, cols: size, data: noise },
        (_, row, col) => noise[Math.max(row, col) * size + Math.min(row, col)],
      )
      await checkEigen(blas, precision, precision.matrix(size, size, random.data), 'random')
    },
  }))
}

async function checkEigen<A extends FloatArray>(
  blas: Blas,
  precision: Precision<A>,
  a: Matrix<A>,
  kind: string,
  expected?: Float64Array,
): Promise<void> {
  const size = a.rows
  const poisoned = mapped(a, (value, row, col) => (col > row ? NaN : value))
  const input = precision.matrix(size, size, poisoned.data)
  const { values, vectors } = await blas.eigenSymmetric(input)
  checkSameBits(input.data, precision.matrix(size, size, poisoned.data).data, 'a was changed')
  checkElementType(vectors, precision)
  checkShape(vectors, size, size, 'vectors')
  check(values.length === size, `${values.length} eigenvalues`)
  for (let i = 1; i < size; i++)
    check(values[i - 1] <= values[i], `${kind}: values are not ascending at ${i}`)
  const bound = stableBound(precision, size, size)
  const scaled = mapped(vectors, (value, _, col) => value * values[col])
  checkAtMost(distance(product(a, vectors), scaled), bound * norm(a), `${kind}: ‖AV − VΛ‖`)
  checkAtMost(orthogonalityError(vectors), bound, `${kind}: ‖VᵀV − I‖`)
  const near = bound * norm(a)
  expected?.forEach((value, i) => {
    checkAtMost(Math.abs(values[i] - value), near, `${kind}: eigenvalue ${i} against ${value}`)
  })
}

function svdCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  const kinds: Record<string, (size: number) => Float64Array> = {
    ...spectra(precision),
    repeated: (size) => Float64Array.from({ length: size }, (_, i) => 3 - Math.floor((3 * i) / size)),
  }
  return rectangles.map(([rows, cols]) => ({
    name: `svd of ${rows} × ${cols}: ${Object.keys(kinds).join(', ')}`,
    async run(blas) {
      const size = Math.min(rows, cols)
      for (const [kind, make] of Object.entries(kinds)) {
        const expected = make(size)
        const random = randomFor('svd', kind, rows, cols)
        const a = precision.matrix(rows, cols, withSingularValues(random, rows, cols, expected))
        await checkSvd(blas, precision, a, kind, expected)
      }
      const noise = normal(randomFor('svd', rows, cols), rows * cols)
      await checkSvd(blas, precision, precision.matrix(rows, cols, noise), 'random')
    },
  }))
}

async function checkSvd<A extends FloatArray>(
  blas: Blas,
  precision: Precision<A>,
  a: Matrix<A>,
  kind: string,
  expected?: Float64Array,
): Promise<void> {
  const { rows, cols } = a
  const size = Math.min(rows, cols)
  const before = a.data.slice()
  const { u, values, vt } = await blas.svd(a)
  checkSameBits(a.data, before, 'a was changed')
  checkElementType(u, precision)
  checkShape(u, rows, size, 'u')
  checkShape(vt, size, cols, 'vt')
  check(values.length === size, `${values.length} singular values`)
  check(!(values[size - 1] < 0), `${kind}: a negative singular value`)
  for (let i = 1; i < size; i++)
    check(values[i - 1] >= values[i], `${kind}: values are not descending at ${i}`)
  const bound = stableBound(precision, rows, cols)
  const rebuilt = product(
    mapped(u, (value, _, col) => value * values[col]),
    vt,
  )
  checkAtMost(distance(rebuilt, a), bound * norm(a), `${kind}: ‖USVᵀ − A‖`)
  checkAtMost(orthogonalityError(u), bound, `${kind}: ‖UᵀU − I‖`)
  checkAtMost(orthogonalityError(vt, 'rows'), bound, `${kind}: ‖VᵀV − I‖`)
  const near = bound * norm(a)
  expected?.forEach((value, i) => {
    checkAtMost(Math.abs(values[i] - value), near, `${kind}: singular value ${i} against ${value}`)
  })
}

function extremeCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  const scales = precision.name === 'float64' ? [1e-160, 1e160, 2e307] : [1e-20, 1e20, 1e37]
  return [
    ...scales.map(
      (scale) =>
        ({
          name: `spectra of entries around ${scale}, whose squares or sum leave the range`,
          async run(blas) {
            const random = randomFor('extreme', scale)
            const values = geometric(40, 50).map((value) => value * scale)
            const symmetric = withEigenvalues(random, values.toReversed())
            const back = (data: ArrayLike<number>, rows: number, cols: number) =>
              mapped(precision.matrix(rows, cols, data), (value) => value / scale)
            const eigen = await blas.eigenSymmetric(precision.matrix(40, 40, symmetric))
            const left = product(back(symmetric, 40, 40), eigen.vectors)
            const right = mapped(eigen.vectors, (value, _, col) => value * (eigen.values[col] / scale))
            const bound = stableBound(precision, 60, 40) * Math.sqrt(40)
            checkAtMost(distance(left, right), bound, '‖AV − VΛ‖ / scale')
            const tall = withSingularValues(random, 60, 40, values)
            const { u, values: found, vt } = await blas.svd(precision.matrix(60, 40, tall))
            const rebuilt = product(
              mapped(u, (value, _, col) => value * (found[col] / scale)),
              vt,
            )
            checkAtMost(distance(rebuilt, back(tall, 60, 40)), bound, '‖USVᵀ − A‖ / scale')
          },
        }) satisfies BlasCase,
    ),
    {
      name: 'spectra of matrices without rows or columns',
      async run(blas) {
        const eigen = await blas.eigenSymmetric(precision.matrix(0, 0))
        check(eigen.values.length === 0, 'eigenvalues of nothing')
        checkShape(eigen.vectors, 0, 0, 'eigenvectors of nothing')
        const wide = await blas.svd(precision.matrix(0, 3))
        checkShape(wide.u, 0, 0, 'u of 0 × 3')
        checkShape(wide.vt, 0, 3, 'vt of 0 × 3')
        const tall = await blas.svd(precision.matrix(3, 0))
        checkShape(tall.u, 3, 0, 'u of 3 × 0')
        checkShape(tall.vt, 0, 0, 'vt of 3 × 0')
        check(tall.values.length === 0, 'singular values of nothing')
      },
    },
    {
      name: 'spectra refuse NaN, infinity and shapes that do not fit',
      async run(blas) {
        for (const size of [2, 60, 150]) {
          for (const bad of [NaN, Infinity]) {
            const a = precision.matrix(
              size,
              size,
              withEigenvalues(randomFor('bad', size), geometric(size, 9)),
            )
            a.data[(size - 1) * size] = bad
            await rejection(blas.eigenSymmetric(a), DidNotConverge)
            await rejection(blas.svd(a), DidNotConverge)
          }
        }
        await rejection(blas.eigenSymmetric(precision.matrix(2, 3)), RangeError)
        await rejection(blas.svd({ ...precision.matrix(2, 3), rows: 3 }), RangeError)
      },
    },
  ]
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas, FloatArray, Matrix } from '#linalg/blas'
import { createWasmBlas } from '#linalg/wasm/provider'
import { distance, mapped, orthogonalityError, product } from '../conformance/blas-checks.ts'

/**
 * Matrices that divide and conquer finds hard: everything deflates, nothing does, poles agree to the last bits,
 * blocks differ by many orders of magnitude. Orders on both sides of where the team takes over from single threads.
 */
const orders = [2, 17, 161, 340]
const random = randomStream(20261121, 'hard-spectra')

const kinds: Record<string, (n: number) => Matrix> = {
  'second difference': (n) =>
    tridiagonal(
      n,
      () => 2,
      () => -1,
    ),
  Wilkinson: (n) =>
    tridiagonal(
      n,
      (i) => Math.abs(i - (n - 1) / 2),
      () => 1,
    ),
  'glued Wilkinson': (n) =>
    tridiagonal(
      n,
      (i) => Math.abs((i % 21) - 10),
      (i) => (i % 21 === 0 ? 1e-8 : 1),
    ),
  'Wilkinson glued by one rounding error': (n) =>
    tridiagonal(
      n,
      (i) => Math.abs((i % 21) - 10),
      (i) => (i % 21 === 0 ? Number.EPSILON : 1),
    ),
  'graded downwards': (n) =>
    tridiagonal(
      n,
      (i) => 2 ** -i,
      (i) => 2 ** (-i - 3),
    ),
  'graded upwards': (n) =>
    tridiagonal(
      n,
      (i) => 2 ** (i - n),
      (i) => 2 ** (i - n - 1),
    ),
  'two clusters': (n) =>
    tridiagonal(
      n,
      (i) => (2 * i < n ? 1 : 2),
      () => 1e-9,
    ),
  'zero diagonal': (n) =>
    tridiagonal(
      n,
      () => 0,
      () => 1,
    ),
  'zero couplings here and there': (n) =>
    tridiagonal(
      n,
      () => random.normal(),
      (i) => (i % 3 === 0 ? 1e-3 : 0),
    ),
  identity: (n) => symmetric(n, (i, j) => (i === j ? 1 : 0)),
  ones: (n) => symmetric(n, () => 1),
  'rank two': (n) => symmetric(n, (i, j) => i * j + Math.cos(i) * Math.cos(j)),
  Hilbert: (n) => symmetric(n, (i, j) => 1 / (i + j + 1)),
  minimum: (n) => symmetric(n, (i, j) => Math.min(i, j) + 1),
  Gaussian: (n) => symmetric(n, (i, j) => Math.exp(-(((4 * (i - j)) / n) ** 2))),
  signs: (n) => symmetric(n, () => Math.sign(random.normal())),
  chequered: (n) => symmetric(n, (i, j) => (i + j) % 2),
  'identity and far less': (n) => symmetric(n, (i, j) => (i === j ? 1 : 1e-17 * random.normal())),
  arrow: (n) => symmetric(n, (i, j) => (i === j ? i : j === 0 ? 1 : 0)),
  'equal blocks': (n) => symmetric(n, (i, j) => (i >> 2 === j >> 2 ? (i === j ? 3 : 1) : 0)),
  'many magnitudes': (n) => symmetric(n, () => random.normal() * 10 ** random.integer(30)),
}

describe.each([
  { name: 'float64', epsilon: 2 ** -52, convert: (a: Matrix): Matrix<FloatArray> => a },
  {
    name: 'float32',
    epsilon: 2 ** -23,
    convert: (a: Matrix): Matrix<FloatArray> => ({ ...a, data: Float32Array.from(a.data) }),
  },
])('hard spectra in $name', ({ epsilon, convert }) => {
  let blas: Blas
  beforeAll(async () => {
    blas = await createWasmBlas({ threads: 2 })
  })
  afterAll(() => blas.close())

  test.each(Object.entries(kinds))('%s', async (_, make) => {
    for (const n of orders) {
      const a = normalised(convert(make(n)))
      // LAPACK itself reaches 4·n·ε on some of these.
      const bound = 8 * n * epsilon

      const { values, vectors } = await blas.eigenSymmetric(a)
      const scaled = mapped(vectors, (value, __, col) => value * values[col])
      expect(distance(product(a, vectors), scaled)).toBeLessThan(bound)
      expect(orthogonalityError(vectors)).toBeLessThan(bound)
      expect(isSorted(values)).toBe(true)

      const { u, values: singular, vt } = await blas.svd(a)
      const weighted = mapped(u, (value, __, col) => value * singular[col])
      expect(distance(product(weighted, vt), a)).toBeLessThan(bound)
      expect(orthogonalityError(u)).toBeLessThan(bound)
      expect(orthogonalityError(vt, 'rows')).toBeLessThan(bound)
      expect(isSorted(singular.toReversed()) && singular[n - 1] >= 0).toBe(true)
    }
  })
})

function isSorted(values: FloatArray): boolean {
  return values.every((value, i) => i === 0 || values[i - 1] <= value)
}

/** Frobenius norm 1, so that bounds are relative. */
function normalised(a: Matrix<FloatArray>): Matrix<FloatArray> {
  const norm = distance(
    a,
    mapped(a, () => 0),
  )
  return { ...a, data: a.data.map((value) => value / norm) }
}

function symmetric(n: number, entry: (row: number, col: number) => number): Matrix {
  const a = matrix(n, n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) a.data[i * n + j] = a.data[j * n + i] = entry(i, j)
  }
  return a
}

function tridiagonal(n: number, diagonal: (i: number) => number, coupling: (row: number) => number): Matrix {
  return symmetric(n, (i, j) => (i === j ? diagonal(i) : i === j + 1 ? coupling(i) : 0))
}

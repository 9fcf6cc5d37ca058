import { afterAll, describe, expect, test } from 'vitest'
import { frobeniusNorm, identity, matrix, relativeError, transpose, type Matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import { chooseBlas } from '#linalg/provider'
import { complementBasis, meanFree, orthogonalComplement } from '#methods/closed-form/complement'
import { nearestPoints } from '#methods/closed-form/nearest-data'
import { nearestPseudoInverse } from '#methods/closed-form/nearest-pseudo-inverse'
import { classLabels, labelFrame } from '#methods/closed-form/labels'
import { largestRidge, pointValue } from '#methods/closed-form/roots'
import { spectrumOf, truncated } from '#methods/closed-form/spectrum'
import { jacobiSvd } from './jacobi.ts'
import { plainRidge, product } from './plain-ridge.ts'

const { blas } = await chooseBlas()
afterAll(() => blas.close())

function normals(rows: number, cols: number, ...tags: (string | number)[]): Matrix {
  return matrix(rows, cols, randomStream(7, ...tags).fillNormal(new Float64Array(rows * cols)))
}

async function frame(rows: number, cols: number): Promise<Matrix> {
  return (await blas.qr(normals(rows, cols, 'frame', rows, cols))).q
}

describe('roots of σ s² − s + λ_S σ = 0', () => {
  test('have product λ_S, meet at √λ_S on the bound, and none lies beyond it', () => {
    for (const sigma of [1e-6, 1e-3, 0.2, 3, 1e4]) {
      for (const share of [1e-12, 1e-3, 0.5, 0.999]) {
        const ridge = share * largestRidge(sigma)
        const [plus, minus] = [pointValue(sigma, ridge, 'plus'), pointValue(sigma, ridge, 'minus')]
        expect((plus * minus) / ridge).toBeCloseTo(1, 12)
        expect(sigma * (plus + minus)).toBeCloseTo(1, 12)
      }
      const bound = largestRidge(sigma)
      expect(pointValue(sigma, bound, 'plus') / Math.sqrt(bound)).toBeCloseTo(1, 6)
      expect(() => pointValue(sigma, 1.01 * bound, 'plus')).toThrow(RangeError)
    }
  })

  test('the minus root keeps its digits for tiny σ: λ_S σ (1 + λ_S σ² + …)', () => {
    for (const sigma of [1e-1, 1e-3, 1e-5, 1e-7]) {
      const leading = 1e-9 * sigma * (1 + 1e-9 * sigma ** 2)
      expect(pointValue(sigma, 1e-9, 'minus') / leading).toBeCloseTo(1, 14)
    }
  })

  test('nearest takes the root near the reference, and plus without one', () => {
    expect(pointValue(0.1, 1, 'nearest', 9)).toBe(pointValue(0.1, 1, 'plus'))
    expect(pointValue(0.1, 1, 'nearest', 0.3)).toBe(pointValue(0.1, 1, 'minus'))
    expect(pointValue(0.1, 1, 'nearest')).toBe(pointValue(0.1, 1, 'plus'))
    expect(pointValue(0.25, 0, 'minus')).toBe(4)
  })
})

describe('orthogonal complement', () => {
  test.each([
    [1, 0],
    [1, 1],
    [2, 1],
    [5, 3],
    [9, 9],
    [30, 7],
    [30, 0],
  ])('of %i × %i is an orthonormal basis of what is left', async (rows, cols) => {
    const q = await frame(rows, cols)
    const complement = await orthogonalComplement(blas, q)
    const basis = await complementBasis(complement)
    expect([basis.rows, basis.cols]).toEqual([rows, rows - cols])
    const own = product(transpose(basis), basis)
    expect(frobeniusNorm(difference(own, identity(rows - cols)))).toBeLessThan(1e-13)
    expect(frobeniusNorm(product(transpose(q), basis))).toBeLessThan(1e-13)
    const x = normals(rows, 4, 'x')
    expect(relativeOrZero(await complement.project(x), product(transpose(basis), x))).toBeLessThan(1e-13)
    const b = normals(rows - cols, 3, 'b')
    expect(relativeOrZero(await complement.expand(b), product(basis, b))).toBeLessThan(1e-13)
  })

  test('of coordinate axes, where the reflector has nothing to reflect', async () => {
    const axes = matrix(6, 2)
    axes.data[0] = 1
    axes.data[3] = -1
    const basis = await complementBasis(await orthogonalComplement(blas, axes))
    expect(frobeniusNorm(product(transpose(axes), basis))).toBeLessThan(1e-15)
  })

  test('of the constant column has columns that sum to zero', async () => {
    const { size, expand } = await meanFree(blas, 8)
    const basis = await expand(identity(size))
    for (let j = 0; j < 7; j++) {
      let sum = 0
      for (let i = 0; i < 8; i++) sum += basis.data[i * 7 + j]
      expect(sum).toBeCloseTo(0, 14)
    }
  })
})

describe('singular values cut at the numerical rank', () => {
  test('by a relative tolerance, whatever the scale', async () => {
    for (const scale of [1e-200, 1, 1e150]) {
      const a = product(normals(9, 3, 'l'), normals(3, 7, 'r'))
      const scaled = matrix(
        9,
        7,
        a.data.map((value) => value * scale),
      )
      expect((await spectrumOf(blas, scaled)).rank).toBe(3)
    }
    expect((await spectrumOf(blas, matrix(4, 2))).rank).toBe(0)
    expect((await spectrumOf(blas, normals(4, 2, 'noise'), 1e17)).rank).toBe(0)
  })

  test('and further on request', async () => {
    const a = normals(6, 5, 'a')
    const best = await truncated(await spectrumOf(blas, a), 2)
    const error = Math.hypot(...jacobiSvd(a).values.slice(2))
    const built = product(product(best.u, diagonal(best.values)), best.vt)
    expect(frobeniusNorm(difference(built, a))).toBeCloseTo(error, 12)
  })
})

describe('points nearest to examples in data space', () => {
  const sizes = [
    [2, 12, 2],
    [7, 12, 2],
    [7, 12, 5],
    [12, 12, 3],
    [30, 60, 10],
  ] as const

  test.each(sizes)(
    'm = %i, p = %i, r = %i: distance² is the sum of the r least squared singular values of R',
    async (m, p, r) => {
      const examples = normals(m, p, 'examples', m)
      const q = transpose(await frame(p, r))
      const outside = difference(examples, product(product(examples, transpose(q)), q))
      const bound = Math.hypot(...jacobiSvd(outside).values.slice(m - r))
      const { points, dual } = await nearestPoints(blas, randomStream(0), examples, q, 1e-6)
      expect(relativeError(product(transpose(points), dual), transpose(q))).toBeLessThan(1e-9)
      expect(frobeniusNorm(difference(points, examples))).toBeCloseTo(bound, 6)
      // Any other T is farther.
      const random = randomStream(3, 'T')
      for (let trial = 0; trial < 20; trial++) {
        const { q: t } = await blas.qr(matrix(m, r, random.fillNormal(new Float64Array(m * r))))
        expect(frobeniusNorm(product(transpose(t), outside))).toBeGreaterThanOrEqual(bound * (1 - 1e-12))
      }
    },
  )

  test('the floor costs at most r·τ² of squared distance', async () => {
    const examples = normals(7, 12, 'examples', 7)
    const q = transpose(await frame(12, 2))
    const rms = frobeniusNorm(examples) / Math.sqrt(7 * 12)
    const near = await nearestPoints(blas, randomStream(0), examples, q, 1e-9)
    for (const conditioning of [0.01, 0.2, 1]) {
      const { points, dual } = await nearestPoints(blas, randomStream(0), examples, q, conditioning)
      const limit = Math.hypot(
        frobeniusNorm(difference(near.points, examples)),
        Math.sqrt(2) * conditioning * rms,
      )
      expect(frobeniusNorm(difference(points, examples))).toBeLessThan(limit * (1 + 1e-9))
      expect(jacobiSvd(dual).values[0]).toBeLessThan((1 + 1e-9) / (conditioning * rms))
    }
  })

  test('examples that hold Row(W) come back unchanged, repeated or not', async () => {
    const q = transpose(await frame(6, 2))
    const wide = normals(20, 6, 'wide')
    expect((await nearestPoints(blas, randomStream(0), wide, q, 0.2)).points.data).toEqual(wide.data)
    const square = normals(6, 6, 'square')
    const repeated = matrix(
      9,
      6,
      Float64Array.from({ length: 54 }, (_, at) => square.data[at % 36]),
    )
    expect((await nearestPoints(blas, randomStream(0), repeated, q, 0.2)).points.data).toEqual(repeated.data)
  })

  test('fewer examples than inputs that hold Row(W) come back unchanged too', async () => {
    const examples = normals(6, 12, 'few')
    const { q } = await blas.qr(transpose(product(normals(2, 6, 'mix'), examples)))
    const { points } = await nearestPoints(blas, randomStream(0), examples, transpose(q), 0.2)
    expect(points.data).toEqual(examples.data)
  })

  test('but not where storage as float32 would undo their dependence', async () => {
    const q = transpose(await frame(6, 2))
    const inSpan = product(normals(9, 2, 'mix'), q)
    const { points } = await nearestPoints(blas, randomStream(0), inSpan, q, 0.2)
    const { values } = jacobiSvd(points)
    expect(values[5]).toBeGreaterThan(1e-3 * values[0])
    expect(relativeError(points, inSpan)).toBeLessThan(0.2)
  })

  test.each([
    ['repeated examples', (i: number) => i % 3],
    ['one example only', () => 0],
  ])('%s are separated, so that the set is well conditioned', async (_name, source) => {
    const pool = normals(5, 12, 'pool')
    const examples = matrix(8, 12)
    for (let i = 0; i < 8; i++) {
      const from = source(i) * 12
      examples.data.set(pool.data.subarray(from, from + 12), i * 12)
    }
    const q = transpose(await frame(12, 2))
    const { points, dual } = await nearestPoints(blas, randomStream(0), examples, q, 0.1)
    expect(relativeError(product(transpose(points), dual), transpose(q))).toBeLessThan(1e-13)
    const { values } = jacobiSvd(points)
    expect(values[0] / values[7]).toBeLessThan(1e4)
    expect(relativeError(points, examples)).toBeLessThan(0.1 * 3)
  })

  test('examples that all but repeat one another are pulled apart to the floor', async () => {
    const examples = normals(6, 12, 'pair')
    for (const i of [1, 3, 5]) {
      for (let j = 0; j < 12; j++) {
        examples.data[i * 12 + j] = examples.data[(i - 1) * 12 + j] * (1 + 1e-5 * Math.cos(i + j))
      }
    }
    const q = transpose(await frame(12, 1))
    const { points } = await nearestPoints(blas, randomStream(0), examples, q, 0.3)
    const { values } = jacobiSvd(points)
    expect(values[5]).toBeGreaterThan(0.02)
    expect(jacobiSvd(examples).values[5]).toBeLessThan(1e-4)
  })

  test.each([8, 12, 20])('examples with constant inputs, m = %i', async (m) => {
    const examples = normals(m, 10, 'constant')
    for (let i = 0; i < m; i++) for (const j of [2, 5, 6]) examples.data[i * 10 + j] = -0.4
    const q = transpose(await frame(10, 3))
    const { points, dual } = await nearestPoints(blas, randomStream(0), examples, q, 0.1)
    expect(relativeError(product(transpose(points), dual), transpose(q))).toBeLessThan(1e-12)
    const { values } = jacobiSvd(points)
    expect(values.filter((value) => value > 1e-12 * values[0])).toHaveLength(Math.min(m, 10))
    expect(values[0] / values[Math.min(m, 10) - 1]).toBeLessThan(1e4)
  })

  test('all-zero examples still carry W', async () => {
    const q = transpose(await frame(5, 2))
    const { points, dual } = await nearestPoints(blas, randomStream(0), matrix(4, 5), q, 0.2)
    expect(relativeError(product(transpose(points), dual), transpose(q))).toBeLessThan(1e-13)
  })
})

test('Corollary 4.1.1 is nearer to the pseudo-inverse than any other D', async () => {
  const weight = normals(3, 9, 'weight')
  const labels = classLabels(Int32Array.of(0, 1, 2, 0, 1, 2), 3, false)
  const examples = await spectrumOf(blas, normals(6, 9, 'examples'))
  const inverse = product(
    product(examples.u, diagonal(examples.values.map((value) => 1 / value))),
    examples.vt,
  )
  const labelledFrame = await labelFrame(blas, labels, weight)
  const d = await nearestPseudoInverse(blas, inverse, labelledFrame)
  expect(relativeError(product(transpose(labels), d), weight)).toBeLessThan(1e-14)
  const distance = frobeniusNorm(difference(d, inverse))
  const random = randomStream(5, 'Z')
  const keep = difference(identity(6), product(labelledFrame.a, transpose(labelledFrame.a)))
  for (const size of [1e-3, 1e-1, 1]) {
    for (let trial = 0; trial < 100; trial++) {
      const z = matrix(
        6,
        9,
        random.fillNormal(new Float64Array(54)).map((value) => size * value),
      )
      const other = difference(d, product(keep, z))
      expect(relativeError(product(transpose(labels), other), weight)).toBeLessThan(1e-13)
      expect(frobeniusNorm(difference(other, inverse))).toBeGreaterThan(distance)
    }
  }
})

test('labels alone, for fixed points: exact from rank p, else the part of W outside the points is lost', () => {
  const weight = normals(4, 12, 'weight')
  for (const ridge of [0, 0.3]) {
    for (const m of [6, 12, 20]) {
      const points = normals(m, 12, 'points', m)
      const { u, values, v } = jacobiSvd(points)
      const outer = product(product(u, diagonal(values.map((s) => s + ridge / s))), transpose(v))
      const { weight: trained } = plainRidge(points, product(outer, transpose(weight)), ridge, false)
      const held = product(product(weight, v), transpose(v))
      expect(relativeError(trained, held)).toBeLessThan(1e-12)
      if (m >= 12) expect(relativeError(trained, weight)).toBeLessThan(1e-12)
      else expect(relativeError(trained, weight)).toBeGreaterThan(0.3)
    }
  }
})

function difference(a: Matrix, b: Matrix): Matrix {
  return matrix(
    a.rows,
    a.cols,
    a.data.map((value, at) => value - b.data[at]),
  )
}

function diagonal(values: Float64Array): Matrix {
  const result = matrix(values.length, values.length)
  values.forEach((value, i) => (result.data[i * values.length + i] = value))
  return result
}

function relativeOrZero(a: Matrix, b: Matrix): number {
  expect([a.rows, a.cols]).toEqual([b.rows, b.cols])
  return a.data.length === 0 ? 0 : relativeError(a, b)
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frobeniusNorm, matrix, relativeError, type Matrix } from '#core/matrix'
import { featureMapKind } from '#features/index'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { spectrumOf } from '#methods/closed-form/spectrum'
import { fewestPoints, isHomogeneous } from '#methods/non-surjective/count'
import { dampedStep, jacobianOf } from '#methods/non-surjective/linear-step'
import {
  derivativeAlong,
  pulledBack,
  spanPointOf,
  type SpanProblem,
} from '#methods/non-surjective/span-problem'
import { withConstant } from '#methods/non-surjective/with-constant'
import { gaussian } from './feature-tasks.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

async function problemOf(
  options: Record<string, unknown>,
  constant?: number,
): Promise<SpanProblem & { d: number }> {
  const d = 5
  const { inputSize, featureSize, linearise } = await featureMapKind('dense').create(
    { inputShape: [d], options, seed: 3 },
    blas,
  )
  if (!linearise) throw new Error('no derivative')
  const plain = { inputSize, featureSize, linearise }
  const map = constant === undefined ? plain : withConstant(plain, constant)
  const { vt } = await spectrumOf(blas, gaussian(2, map.featureSize, 'weight'))
  return { blas, map, rows: vt, d }
}

const moved = (points: Matrix, step: Matrix, units: Float64Array, by: number) =>
  matrix(
    points.rows,
    points.cols,
    points.data.map((value, at) => value + by * units[Math.floor(at / points.cols)] * step.data[at]),
  )

describe.each([
  ['LeakyReLU', { widths: [9] }, undefined],
  ['two layers of tanh with bias', { widths: [7, 9], activation: 'tanh', bias: true }, undefined],
  ['LeakyReLU with intercept', { widths: [9] }, 2.5],
] as const)('what the span of features misses: %s', (_name, options, constant) => {
  it('is the distance from the projection that singular values give', async () => {
    const problem = await problemOf(options, constant)
    const at = await spanPointOf(problem, gaussian(3, problem.d, 'points'))
    const { vt } = await spectrumOf(blas, (await problem.map.linearise(at.points, blas)).features)
    const inside = await blas.gemm(await blas.gemm(problem.rows, vt, { transposeB: true }), vt)
    const missed = problem.rows.data.map((value, i) => value - inside.data[i])
    expect(relativeError(at.residual, matrix(2, problem.map.featureSize, missed))).toBeLessThan(1e-12)
    expect(at.size).toBeCloseTo(frobeniusNorm(at.residual), 14)
  })

  it('has the gradient that differences give, and a transpose that is one', async () => {
    const problem = await problemOf(options, constant)
    const at = await spanPointOf(problem, gaussian(3, problem.d, 'points'))
    const gradient = await pulledBack(problem, at, at.residual)
    for (const tag of ['north', 'east']) {
      const step = gaussian(3, problem.d, tag)
      const sizes = await Promise.all(
        [1e-5, -1e-5].map(
          async (by) => (await spanPointOf(problem, moved(at.points, step, at.units, by))).size ** 2 / 2,
        ),
      )
      const slope = gradient.data.reduce((sum, value, i) => sum + value * step.data[i], 0)
      expect(slope).toBeCloseTo((sizes[0] - sizes[1]) / 2e-5, 6)
      const image = await derivativeAlong(problem, at, step)
      const other = gaussian(2, problem.map.featureSize, 'other')
      const there = image.data.reduce((sum, value, i) => sum + value * other.data[i], 0)
      const back = (await pulledBack(problem, at, other)).data.reduce(
        (sum, value, i) => sum + value * step.data[i],
        0,
      )
      expect(back).toBeCloseTo(there, 12)
    }
  })

  it('has a Jacobian that agrees with the products', async () => {
    const problem = await problemOf(options, constant)
    const at = await spanPointOf(problem, gaussian(3, problem.d, 'points'))
    const { jacobian, complement } = await jacobianOf(problem, at)
    const step = gaussian(3, problem.d, 'step')
    const column = matrix(step.data.length, 1, step.data)
    const reduced = await blas.gemm(jacobian, column)
    const expected = await blas.gemm(await derivativeAlong(problem, at, step), complement, {
      transposeB: true,
    })
    expect(relativeError(matrix(2, complement.rows, reduced.data), expected)).toBeLessThan(1e-12)
  })
})

it('steps to the minimum of the damped linear problem, written out or iterated', async () => {
  const problem = await problemOf({ widths: [9] })
  const at = await spanPointOf(problem, gaussian(3, problem.d, 'points'))
  const damping = 0.02
  const direct = await dampedStep(problem, at, damping, 0)
  const iterated = await dampedStep(problem, at, damping, 0, { dense: false })
  expect(relativeError(iterated.step, direct.step)).toBeLessThan(1e-7)
  // The gradient Jᵀ(R + J t) + μ t vanishes.
  const image = await derivativeAlong(problem, at, direct.step)
  for (let i = 0; i < image.data.length; i++) image.data[i] += at.residual.data[i]
  expect(frobeniusNorm(image)).toBeCloseTo(direct.left, 12)
  const gradient = await pulledBack(problem, at, image)
  const left = gradient.data.map((value, i) => value + damping * direct.step.data[i])
  expect(Math.hypot(...left)).toBeLessThan(1e-12)
})

it('counts as the proof does', async () => {
  const count = (inputSize: number, featureSize: number, rank: number, homogeneous: boolean) =>
    fewestPoints({ inputSize, featureSize, rank, homogeneous, intercept: false })
  expect(count(8, 10, 2, true)).toBe(3)
  expect(count(8, 16, 2, true)).toBe(4)
  expect(count(12, 24, 3, true)).toBe(6)
  expect(count(12, 24, 3, false)).toBe(5)
  expect(count(784, 1024, 10, true)).toBe(13)
  // One direction more than the first m at which m·d′ ≥ r (p − m).
  for (const [d, p, r] of [
    [8, 16, 2],
    [5, 40, 3],
    [3, 3, 3],
  ]) {
    for (const intercept of [false, true]) {
      for (const homogeneous of [false, true]) {
        const m = fewestPoints({ inputSize: d, featureSize: p, rank: r, intercept, homogeneous })
        const free = (points: number) =>
          points * d - (homogeneous ? (intercept ? 1 : points) : 0) - r * (p + (intercept ? 1 : 0) - points)
        expect(free(m)).toBeGreaterThanOrEqual(0)
        expect(m).toBeGreaterThanOrEqual(r + (intercept ? 1 : 0))
        if (m > r + (intercept ? 1 : 0)) expect(free(m - 1)).toBeLessThan(0)
      }
    }
  }
})

it.each([
  ['dense', { widths: [9, 7] }, true],
  ['dense', { widths: [9], bias: true }, false],
  ['dense', { widths: [9], activation: 'tanh' }, false],
  ['linear-net', { widths: [9] }, true],
  ['fourier', {}, false],
] as const)('sees whether %s %o is homogeneous', async (kind, options, expected) => {
  const map = await featureMapKind(kind).create({ inputShape: [6], options, seed: 2 }, blas)
  expect(await isHomogeneous(map, blas)).toBe(expected)
})

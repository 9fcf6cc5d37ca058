import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { matrix, relativeError } from '#core/matrix'
import { randomStream } from '#core/random'
import { dense } from '#features/dense'
import { network } from '#features/network'
import type { DifferentiableFeatures } from '#kernels/features'
import { featureKernel } from '#kernels/features'
import { createKernel } from '#kernels/index'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { adamStart, adamStep } from '#methods/kip/adam'
import type { FeatureMoments } from '#methods/kip/feature-moments'
import { lossFromExamples, lossFromMoments } from '#methods/kip/feature-moments'
import { regressionLoss } from '#methods/kip/regression-loss'
import { resolvedLabelsLoss, resolveLabels, statisticsLoss } from '#methods/kip/statistics-loss'
import { differentiable } from '#methods/kernel-options'
import { gaussian } from '../conformance/feature-map.ts'

let blas: Blas
let maps: DifferentiableFeatures[]
beforeAll(async () => {
  blas = (await chooseBlas({})).blas
  const layers = [
    { type: 'conv', channels: 3, kernel: 2, stride: 1, activation: 'tanh' },
    { type: 'dense', width: 9, bias: true },
  ]
  maps = [
    await dense.create({ inputShape: [6], options: { widths: [9] }, seed: 4 }, blas),
    await network.create({ inputShape: [2, 3, 1], options: { layers }, seed: 4 }, blas),
  ].map(differentiable)
})
afterAll(() => blas.close())

/** Slope along a direction by central differences against the gradient, relative to their sizes. */
async function slopeError(
  at: Matrix,
  gradient: Matrix,
  value: (at: Matrix) => Promise<number>,
  step = 1e-5,
): Promise<number> {
  const direction = gaussian(at.rows, at.cols, 'direction')
  const moved = (by: number) => {
    const data = at.data.map((each, i) => each + by * direction.data[i])
    return matrix(at.rows, at.cols, data)
  }
  const slope = ((await value(moved(step))) - (await value(moved(-step)))) / (2 * step)
  return (
    Math.abs(slope - inner(gradient, direction)) /
    Math.sqrt(inner(gradient, gradient) * inner(direction, direction))
  )
}

function inner(a: Matrix, b: Matrix): number {
  return a.data.reduce((sum, value, at) => sum + value * b.data[at], 0)
}

describe('regression loss', () => {
  const kernels = [
    createKernel({ id: 'rbf', parameters: { sigma: 2 } }),
    createKernel({ id: 'nngp', parameters: { depth: 1 } }),
    createKernel({ id: 'ntk', parameters: { depth: 3 } }),
  ]

  // A large share makes most of the gradient go through λ.
  it.each([1e-6, 0.3, 3])('has the gradient that differences say, for λ of share %d', async (ridgeShare) => {
    for (const kernel of kernels) {
      for (const [m, n, k] of [
        [4, 11, 3],
        [1, 1, 1],
      ]) {
        const points = gaussian(m, 6, 'points')
        const labels = gaussian(m, k, 'labels')
        const fixed = {
          kernel,
          inputs: gaussian(n, 6, 'inputs'),
          targets: gaussian(n, k, 'targets'),
          ridgeShare,
        }
        const { ofPoints, ofLabels } = await regressionLoss({ ...fixed, points, labels }, blas)
        const inPoints = async (at: Matrix) =>
          (await regressionLoss({ ...fixed, points: at, labels }, blas)).loss
        const inLabels = async (at: Matrix) =>
          (await regressionLoss({ ...fixed, points, labels: at }, blas)).loss
        expect(await slopeError(points, ofPoints, inPoints)).toBeLessThan(1e-6)
        expect(await slopeError(labels, ofLabels, inLabels)).toBeLessThan(1e-6)
      }
    }
  })

  it('is the plain formula', async () => {
    const [kernel] = kernels
    const [points, labels] = [gaussian(3, 6, 'points'), gaussian(3, 2, 'labels')]
    const [inputs, targets] = [gaussian(5, 6, 'inputs'), gaussian(5, 2, 'targets')]
    const { loss } = await regressionLoss({ kernel, points, labels, inputs, targets, ridgeShare: 0.1 }, blas)
    const gram = await kernel.symmetricGram(points, blas)
    for (let i = 0; i < 3; i++) gram.data[4 * i] += 0.1
    const predicted = await blas.gemm(await kernel.gram(inputs, points, blas), await blas.solve(gram, labels))
    const squares = predicted.data.reduce((sum, value, at) => sum + (value - targets.data[at]) ** 2, 0)
    expect(loss).toBeCloseTo(squares / 20, 12)
  })
})

describe('statistics', () => {
  const data = async (features: DifferentiableFeatures, n = 40) => {
    const inputs = gaussian(n, 6, 'inputs')
    const targets = gaussian(n, 3, 'targets')
    const phi = await features.forward(inputs, blas)
    const moments: FeatureMoments = {
      count: n,
      gram: await blas.syrk(phi, { transpose: true }),
      cross: await blas.gemm(targets, phi, { transposeA: true }),
      targetSquares: inner(targets, targets),
    }
    return { inputs, targets, phi, moments }
  }

  it('give the loss and the gradient of all examples', async () => {
    for (const features of maps) {
      const { inputs, targets, moments } = await data(features)
      const [points, labels] = [gaussian(4, 6, 'points'), gaussian(4, 3, 'labels')]
      for (const ridgeShare of [1e-6, 0.5]) {
        const streamed = await statisticsLoss(features, moments, { points, labels, ridgeShare }, blas)
        const kernel = featureKernel(features)
        const whole = await regressionLoss({ kernel, points, labels, inputs, targets, ridgeShare }, blas)
        expect(streamed.loss / whole.loss).toBeCloseTo(1, 10)
        expect(relativeError(streamed.ofPoints, whole.ofPoints)).toBeLessThan(1e-8)
        expect(relativeError(streamed.ofLabels, whole.ofLabels)).toBeLessThan(1e-8)
        const value = async (at: Matrix) =>
          (await statisticsLoss(features, moments, { points: at, labels, ridgeShare }, blas)).loss
        expect(await slopeError(points, streamed.ofPoints, value)).toBeLessThan(1e-6)
      }
    }
  })

  it('resolve labels to the best model in the span of the points, whatever λ', async () => {
    for (const features of maps) {
      const { targets, phi, moments } = await data(features)
      const points = gaussian(4, 6, 'points')
      const own = await features.forward(points, blas)
      // The independent way: least squares of all targets on the features within the span.
      const design = await blas.gemm(phi, own, { transposeB: true })
      const { x } = await blas.leastSquares(design, targets)
      const best = await blas.gemm(x, own, { transposeA: true })
      for (const ridgeShare of [1e-6, 0.5]) {
        const { weight, labels } = await resolveLabels(own, moments, ridgeShare, blas)
        expect(relativeError(weight, best)).toBeLessThan(1e-8)
        const kernel = featureKernel(features)
        const gram = await kernel.symmetricGram(points, blas)
        let trace = 0
        for (let i = 0; i < 4; i++) trace += gram.data[5 * i]
        for (let i = 0; i < 4; i++) gram.data[5 * i] += (ridgeShare * trace) / 4
        const trained = await blas.gemm(await blas.solve(gram, labels), own, { transposeA: true })
        expect(relativeError(trained, best)).toBeLessThan(1e-7)
      }
    }
  })

  it('give the gradient through resolved labels, on a batch and on all', async () => {
    for (const features of maps) {
      const { moments } = await data(features)
      const points = gaussian(4, 6, 'points')
      const batch = await features.forward(gaussian(9, 6, 'batch'), blas)
      const wanted = gaussian(9, 3, 'wanted')
      const losses = [
        (weight: Matrix) => lossFromExamples(weight, batch, wanted, blas),
        (weight: Matrix) => lossFromMoments(weight, moments, blas),
      ]
      for (const lossOf of losses) {
        const { ofPoints } = await resolvedLabelsLoss(features, moments, points, lossOf, blas)
        const value = async (at: Matrix) =>
          (await resolvedLabelsLoss(features, moments, at, lossOf, blas)).loss
        expect(await slopeError(points, ofPoints, value)).toBeLessThan(1e-6)
      }
    }
  })
})

it('Adam takes the steps of its paper', () => {
  // By scalars, straight from Algorithm 1.
  const random = randomStream(2, 'adam')
  let [value, first, second] = [0.7, 0, 0]
  let values: Float64Array = Float64Array.of(0.7)
  let state = adamStart(1)
  for (let t = 1; t <= 30; t++) {
    const gradient = random.normal()
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    value -= (0.04 * (first / (1 - 0.9 ** t))) / (Math.sqrt(second / (1 - 0.999 ** t)) + 1e-8)
    ;({ values, state } = adamStep(values, Float64Array.of(gradient), state, 0.04))
    expect(values[0]).toBeCloseTo(value, 13)
  }
  expect(state.step).toBe(30)
})

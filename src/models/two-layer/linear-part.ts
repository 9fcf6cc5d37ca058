import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { NotPositiveDefinite } from '#linalg/blas'
import type { ExampleBlock, Passes, PassWatch } from './examples.ts'
import { overExamples } from './examples.ts'

/** α + β·x: what is taken from the targets before, and added back at prediction. */
export interface LinearPart {
  readonly offset: number
  /** Length d. */
  readonly slope: Float64Array
}

export interface LinearFit extends LinearPart {
  /** n */
  readonly count: number
  readonly targetMean: number
  /** Mean square of the targets about their mean. */
  readonly targetVariance: number
  /** Mean square of what the linear part leaves. */
  readonly residualSquare: number
  /** Share of the variance that the least-squares line explains, whether it is taken out or not. */
  readonly linearShare: number
}

/**
 * Exact least squares of the targets on (1, x) from one pass. The moment estimate α = mean y, β = mean y x would leave
 * a linear part of length |β| √(d/n), which the first gradient enlarges by 2π√d/4 against the quadratic signal. Where
 * columns are dependent, the slope of least norm.
 */
export async function fitLinearPart(
  passes: Passes,
  inputSize: number,
  blas: Blas,
  watch: PassWatch = {},
): Promise<LinearFit> {
  const d = inputSize
  let gram = matrix(d, d)
  let cross = matrix(d, 1)
  const sums = new Float64Array(d)
  let targetSum = 0
  let targetSquares = 0
  const count = await overExamples(
    passes,
    { stage: 'linear part', ...watch },
    async ({ inputs, targets }) => {
      gram = await blas.syrk(inputs, { transpose: true, c: gram, beta: 1 })
      cross = await blas.gemm(inputs, column(targets), { transposeA: true, c: cross, beta: 1 })
      for (let i = 0, at = 0; i < inputs.rows; i++) {
        for (let j = 0; j < d; j++) sums[j] += inputs.data[at++]
        targetSum += targets[i]
        targetSquares += targets[i] * targets[i]
      }
    },
  )
  const mean = sums.map((sum) => sum / count)
  const targetMean = targetSum / count
  const covariance = matrix(d, d)
  const covariances = matrix(d, 1)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) covariance.data[i * d + j] = gram.data[i * d + j] / count - mean[i] * mean[j]
    covariances.data[i] = cross.data[i] / count - mean[i] * targetMean
  }
  const slope = await solveSymmetric(covariance, covariances, blas)
  let offset = targetMean
  let explained = 0
  for (let j = 0; j < d; j++) {
    offset -= slope[j] * mean[j]
    explained += slope[j] * covariances.data[j]
  }
  const targetVariance = targetSquares / count - targetMean * targetMean
  const residualSquare = Math.max(0, targetVariance - explained)
  const linearShare = targetVariance > 0 ? 1 - residualSquare / targetVariance : 0
  return { offset, slope, count, targetMean, targetVariance, residualSquare, linearShare }
}

/** The same targets with nothing taken out. */
export function withoutLinearPart(fit: LinearFit): LinearFit {
  const slope = new Float64Array(fit.slope.length)
  return { ...fit, offset: 0, slope, residualSquare: fit.targetVariance + fit.targetMean ** 2 }
}

/** Targets less α + β·x, a new array. */
export async function centredTargets(
  { inputs, targets }: ExampleBlock,
  { offset, slope }: LinearPart,
  blas: Blas,
): Promise<Float64Array> {
  if (slope.every((value) => value === 0)) return targets.map((target) => target - offset)
  const linear = await blas.gemm(inputs, column(slope))
  return targets.map((target, i) => target - offset - linear.data[i])
}

/** An array as a matrix of one column that shares storage. */
export function column(values: Float64Array): Matrix {
  return matrix(values.length, 1, values)
}

async function solveSymmetric(a: Matrix, b: Matrix, blas: Blas): Promise<Float64Array> {
  try {
    const factor = await blas.cholesky(a)
    const pivots = Array.from({ length: a.rows }, (_, i) => factor.data[i * a.rows + i])
    // Rounding lets dependent columns pass with a pivot of about √ε of the largest.
    if (Math.min(...pivots) > 1e-6 * Math.max(...pivots)) {
      const half = await blas.solveTriangular(factor, b)
      return (await blas.solveTriangular(factor, half, { transpose: true })).data
    }
  } catch (error) {
    if (!(error instanceof NotPositiveDefinite)) throw error
  }
  return (await blas.leastSquares(a, b, { tolerance: 1e-12 })).x.data
}

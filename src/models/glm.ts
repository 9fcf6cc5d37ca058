import { RetortError } from '#core/errors'
import { frobeniusNorm, matrix, rowsOf, type Matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import { NotPositiveDefinite, type Blas } from '#linalg/blas'

/**
 * A generalised linear model with scalar output and natural parameter z = θᵀx: density exp(y z − A(z)), mean A′(z). The
 * negative log-likelihood Σ A(θᵀx) − y θᵀx is convex.
 */
export interface GlmFamily {
  readonly id: GlmFamilyId
  /** A(z) */
  partition(z: number): number
  /** A′(z) */
  mean(z: number): number
  /** A″(z) > 0 */
  variance(z: number): number
}

export type GlmFamilyId = 'linear' | 'logistic' | 'poisson'

export const glmFamilies: Readonly<Record<GlmFamilyId, GlmFamily>> = {
  linear: { id: 'linear', partition: (z) => (z * z) / 2, mean: (z) => z, variance: () => 1 },
  logistic: {
    id: 'logistic',
    partition: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
    mean: logistic,
    variance: (z) => logistic(z) * logistic(-z),
  },
  poisson: { id: 'poisson', partition: Math.exp, mean: Math.exp, variance: Math.exp },
}

function logistic(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z))
}

/** Examples that can be passed over again and again. A constant column makes an intercept. */
export interface GlmTable {
  readonly inputSize: number
  batches(): AsyncIterable<{ readonly inputs: Matrix; readonly targets: Float64Array }>
}

/** A table in memory, n × d with n targets, in blocks of rows. */
export function glmTable(inputs: Matrix, targets: Float64Array, rows = 4096): GlmTable {
  return {
    inputSize: inputs.cols,
    async *batches() {
      for (let from = 0; from < inputs.rows; from += rows) {
        const to = Math.min(from + rows, inputs.rows)
        yield { inputs: rowsOf(inputs, from, to), targets: targets.subarray(from, to) }
      }
    },
  }
}

export interface GlmFit {
  /** θ*, length d. */
  readonly theta: Float64Array
  /** ‖∇‖ / (1 + ‖∇ at θ = 0‖) at the end. */
  readonly gradient: number
  /** Passes over the data. */
  readonly passes: number
}

export interface GlmFitOptions {
  readonly blas: Blas
  /** λ of λ/2 ‖θ‖² added to the sum; default 0. */
  readonly ridge?: number
  /** Passes at most; default 100. */
  readonly passes?: number
  readonly watch?: Watch
}

const smallGradient = 1e-12

/**
 * Newton's method (iteratively reweighted least squares) with halved steps where the likelihood would fall; one pass over
 * the data for each point that is tried.
 * @throws RetortError `check/glm-no-minimum` where it does not settle, as for separable classes without ridge
 */
export async function fitGlm(table: GlmTable, family: GlmFamily, options: GlmFitOptions): Promise<GlmFit> {
  const { blas, ridge = 0, passes: most = 100, watch = {} } = options
  let here = await evaluate(table, family, new Float64Array(table.inputSize), ridge, blas)
  const unit = 1 + here.slope
  let passes = 1
  let step = await newtonStep(here, blas)
  let share = 1
  while (here.slope > smallGradient * unit && passes < most) {
    watch.signal?.throwIfAborted()
    const theta = here.theta.map((value, j) => value - share * step[j])
    const there = await evaluate(table, family, theta, ridge, blas)
    passes++
    watch.report?.({
      stage: 'fit',
      done: passes,
      unit: 'passes',
      figure: { name: 'gradient', value: there.slope / unit },
    })
    // Beside a minimum the loss is flat to rounding, and the gradient decides.
    if (there.loss < here.loss || there.slope < 0.5 * here.slope) {
      here = there
      step = await newtonStep(here, blas)
      share = 1
    } else if (share < 1e-6) break
    else share /= 2
  }
  const gradient = here.slope / unit
  if (!(gradient <= 1e-8)) throw noMinimum(family, gradient, passes)
  return { theta: here.theta, gradient, passes }
}

interface Evaluation {
  readonly theta: Float64Array
  readonly loss: number
  readonly gradient: Float64Array
  /** Norm of the gradient. */
  readonly slope: number
  readonly hessian: Matrix
}

async function evaluate(
  table: GlmTable,
  family: GlmFamily,
  theta: Float64Array,
  ridge: number,
  blas: Blas,
): Promise<Evaluation> {
  const d = theta.length
  const hessian = matrix(d, d)
  const gradient = theta.map((value) => ridge * value)
  const column = matrix(d, 1, gradient)
  let loss = (ridge / 2) * theta.reduce((sum, value) => sum + value * value, 0)
  for await (const { inputs, targets } of table.batches()) {
    const { data: natural } = await blas.gemm(inputs, matrix(d, 1, theta))
    const error = matrix(inputs.rows, 1)
    const weighted = matrix(inputs.rows, d)
    for (let i = 0; i < inputs.rows; i++) {
      const z = natural[i]
      loss += family.partition(z) - targets[i] * z
      error.data[i] = family.mean(z) - targets[i]
      const root = Math.sqrt(family.variance(z))
      for (let j = i * d; j < (i + 1) * d; j++) weighted.data[j] = root * inputs.data[j]
    }
    await blas.gemm(inputs, error, { transposeA: true, beta: 1, c: column })
    await blas.syrk(weighted, { transpose: true, beta: 1, c: hessian })
  }
  for (let j = 0; j < d; j++) hessian.data[j * d + j] += ridge
  return { theta, loss, gradient, slope: frobeniusNorm(column), hessian }
}

/** H⁻¹ ∇; of least norm where columns depend on one another. */
async function newtonStep({ hessian, gradient }: Evaluation, blas: Blas): Promise<Float64Array> {
  const right = matrix(gradient.length, 1, gradient)
  try {
    return (await blas.solvePositive(hessian, right)).data
  } catch (error) {
    if (!(error instanceof NotPositiveDefinite)) throw error
    return (await blas.leastSquares(hessian, right)).x.data
  }
}

function noMinimum({ id }: GlmFamily, gradient: number, passes: number): RetortError {
  return new RetortError({
    code: 'check/glm-no-minimum',
    message: `the ${id} model did not settle in ${passes} passes: its gradient is still ${gradient.toPrecision(3)}`,
    why: 'Classes that a plane separates have no best weights without a penalty.',
    hint: 'Fit with a ridge, for example --ridge 1.',
    values: { family: id, gradient, passes },
  })
}

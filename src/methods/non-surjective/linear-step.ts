import { matrix, type Matrix } from '#core/matrix'
import { NotPositiveDefinite } from '#linalg/blas'
import { transposed } from '#linalg/tiles'
import { complementBasis, orthogonalComplement } from '../closed-form/complement.ts'
import { addMultiple, dot } from './rows.ts'
import { derivativeAlong, pulledBack, type SpanPoint, type SpanProblem } from './span-problem.ts'

/** The step t (m × d, in units of the points) that minimises ‖R + J t‖² + μ ‖t‖², ‖R + J t‖ for it, and the iterations that it took. */
export interface LinearStep {
  readonly step: Matrix
  readonly left: number
  readonly iterations: number
}

/** Entries of the largest Jacobian that is written out (16 MB). */
const largestJacobian = 2 ** 21

/** Whether the Jacobian of this many points, r(p − m) × m d, is small enough to be written out. */
export function isDense(
  { rank, features, inputs }: { readonly rank: number; readonly features: number; readonly inputs: number },
  points: number,
): boolean {
  return rank * (features - points) * points * inputs <= largestJacobian
}

function sizeOf({ map, rows }: SpanProblem) {
  return { rank: rows.rows, features: rows.cols, inputs: map.inputSize }
}

export interface StepOptions {
  /** Whether J is written out; by its size, unless it is said. */
  readonly dense?: boolean
  /** Ends the iteration. */
  readonly signal?: AbortSignal
}

/** @param forcing an iteration may stop where ‖R + J t‖ ≤ forcing · ‖R‖ */
export async function dampedStep(
  problem: SpanProblem,
  at: SpanPoint,
  damping: number,
  forcing: number,
  { dense = isDense(sizeOf(problem), at.points.rows), signal }: StepOptions = {},
): Promise<LinearStep> {
  const direct = dense ? await directStep(problem, at, damping) : undefined
  return direct ?? iteratedStep(problem, at, damping, forcing, signal)
}

/**
 * J written out, r(p − m) × m d, with the residual seen in the complement of the span: the block of point i and row a
 * of Q is −c_ai Eᵀ J_φ(x_i) ‖x_i‖ / ‖φ(x_i)‖.
 */
export async function jacobianOf(
  { blas, map }: SpanProblem,
  { points, blur, basis, shares, lengths, units }: SpanPoint,
): Promise<{ jacobian: Matrix; complement: Matrix }> {
  const { rows: m, cols: d } = points
  const complement = await transposed(await complementBasis(await orthogonalComplement(blas, basis)))
  const { rows: free } = complement
  const jacobian = matrix(shares.rows * free, m * d)
  for (let i = 0; i < m; i++) {
    const repeated = matrix(free, d)
    for (let t = 0; t < free; t++) repeated.data.set(points.data.subarray(i * d, (i + 1) * d), t * d)
    const { data } = await (await map.linearise(repeated, blas, blur)).pullBack(complement)
    for (let a = 0; a < shares.rows; a++) {
      const factor = (-shares.data[a * m + i] * units[i]) / lengths[i]
      for (let t = 0; t < free; t++) {
        const start = (a * free + t) * jacobian.cols + i * d
        for (let j = 0; j < d; j++) jacobian.data[start + j] = factor * data[t * d + j]
      }
    }
  }
  return { jacobian, complement }
}

/** By the normal equations of the shorter side; undefined where rounding makes them indefinite. */
async function directStep(
  problem: SpanProblem,
  at: SpanPoint,
  damping: number,
): Promise<LinearStep | undefined> {
  const { blas } = problem
  const { jacobian, complement } = await jacobianOf(problem, at)
  const seen = await blas.gemm(at.residual, complement, { transposeB: true })
  const residual = matrix(jacobian.rows, 1, seen.data)
  const wide = jacobian.cols >= jacobian.rows
  const gram = await blas.syrk(jacobian, { transpose: !wide })
  for (let i = 0; i < gram.rows; i++) gram.data[i * gram.cols + i] += damping
  try {
    const step = wide
      ? await blas.gemm(jacobian, await blas.solvePositive(gram, residual), { transposeA: true, alpha: -1 })
      : await blas.solvePositive(gram, await blas.gemm(jacobian, residual, { transposeA: true, alpha: -1 }))
    const left = await blas.gemm(jacobian, step, { beta: 1, c: residual })
    const { rows, cols } = at.points
    return { step: matrix(rows, cols, step.data), left: Math.sqrt(dot(left, left)), iterations: 0 }
  } catch (error) {
    if (error instanceof NotPositiveDefinite) return undefined
    throw error
  }
}

/** Iterations at most, and the share of the gradient below which more of them gain nothing. */
export const mostIterations = 600
const smallGradient = 1e-10

/** Conjugate gradients on the damped least-squares problem (CGLS; Björck, Elfving, Strakoš 1998): products with J and Jᵀ only. */
async function iteratedStep(
  problem: SpanProblem,
  at: SpanPoint,
  damping: number,
  forcing: number,
  signal?: AbortSignal,
): Promise<LinearStep> {
  const { rows, cols } = at.points
  const step = matrix(rows, cols)
  const left = matrix(at.residual.rows, at.residual.cols, at.residual.data.slice())
  const downhill = await pulledBack(problem, at, left)
  negate(downhill)
  const direction = matrix(rows, cols, downhill.data.slice())
  const first = dot(downhill, downhill)
  let gradient = first
  let iterations = 0
  while (iterations < mostIterations) {
    signal?.throwIfAborted()
    if (gradient <= smallGradient ** 2 * first) break
    iterations++
    const image = await derivativeAlong(problem, at, direction)
    const length = gradient / (dot(image, image) + damping * dot(direction, direction))
    addMultiple(step, length, direction)
    addMultiple(left, length, image)
    if (dot(left, left) <= forcing ** 2 * at.size ** 2) break
    const next = await pulledBack(problem, at, left)
    negate(next)
    addMultiple(next, -damping, step)
    const size = dot(next, next)
    for (let j = 0; j < direction.data.length; j++) {
      direction.data[j] = next.data[j] + (size / gradient) * direction.data[j]
    }
    gradient = size
  }
  return { step, left: Math.sqrt(dot(left, left)), iterations }
}

function negate({ data }: Matrix): void {
  for (let at = 0; at < data.length; at++) data[at] = -data[at]
}

import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { copyOf, matrix, rowsOf } from '#core/matrix'
import type { Watch } from '#core/progress'
import type { Kernel } from '#kernels/kernel'
import type { Blas } from '#linalg/blas'
import { NotPositiveDefinite } from '#linalg/blas'

/** f(x) = K(x, X_S) α + offset. */
export interface KernelModel {
  readonly kernel: Kernel
  /** X_S, m × d. */
  readonly points: Matrix
  /** α = (K_SS + λI)⁻¹ Y_S, m × k. */
  readonly dual: Matrix
  /** Length k. */
  readonly offset: Float64Array
  readonly ridge: number
}

export interface KernelRidgeSet {
  readonly points: Matrix
  /** Y_S without the offset, m × k. */
  readonly labels: Matrix
  /** Absolute λ of K_SS + λI, ≥ 0. */
  readonly ridge: number
  /** Added to every prediction, length k. */
  readonly offset: Float64Array
}

/** λ = share · tr(K_SS) / m: a ridge that does not depend on the scale of the kernel (Nguyen et al. 2021). */
export function relativeRidge(gram: Matrix, share: number): number {
  let trace = 0
  for (let i = 0; i < gram.rows; i++) trace += gram.data[i * gram.rows + i]
  return (share * trace) / gram.rows
}

/** K + λI */
export function withRidge(gram: Matrix, ridge: number): Matrix {
  const result = copyOf(gram)
  for (let i = 0; i < gram.rows; i++) result.data[i * gram.rows + i] += ridge
  return result
}

/**
 * A solver of (K + λI) x = b by Cholesky, for any number of b.
 * @throws RetortError `check/not-positive` where rounding or values that are not finite leave K + λI indefinite
 */
export async function positiveSolver(
  gram: Matrix,
  ridge: number,
  blas: Blas,
): Promise<(b: Matrix) => Promise<Matrix>> {
  try {
    const factor = await blas.cholesky(withRidge(gram, ridge))
    return async (b) =>
      blas.solveTriangular(factor, await blas.solveTriangular(factor, b), { transpose: true })
  } catch (error) {
    if (error instanceof NotPositiveDefinite) throw indefinite(gram, ridge)
    throw error
  }
}

/** Kernel ridge regression on the points of a set. @throws RetortError `check/not-positive` */
export async function trainKernelRidge(
  kernel: Kernel,
  { points, labels, ridge, offset }: KernelRidgeSet,
  blas: Blas,
): Promise<KernelModel> {
  const gram = await kernel.symmetricGram(points, blas)
  const solve = await positiveSolver(gram, ridge, blas)
  return { kernel, points, dual: await solve(labels), offset, ridge }
}

/** Kernel values that are held at once: 16 MB. */
const heldValues = 2 ** 21

/**
 * f(x) of every row, n × k, in blocks of bounded size.
 * @param inputs n × d, preprocessed
 */
export async function predictKernelRidge(
  { kernel, points, dual, offset }: KernelModel,
  inputs: Matrix,
  blas: Blas,
  watch: Watch = {},
): Promise<Matrix> {
  const result = matrix(inputs.rows, dual.cols)
  const rows = Math.max(1, Math.floor(heldValues / Math.max(1, points.rows)))
  for (let from = 0; from < inputs.rows; from += rows) {
    watch.signal?.throwIfAborted()
    const to = Math.min(from + rows, inputs.rows)
    const gram = await kernel.gram(rowsOf(inputs, from, to), points, blas)
    await blas.gemm(gram, dual, { c: rowsOf(result, from, to) })
  }
  for (let at = 0; at < result.data.length; at++) result.data[at] += offset[at % dual.cols]
  return result
}

function indefinite(gram: Matrix, ridge: number): RetortError {
  const finite = gram.data.every(Number.isFinite)
  return new RetortError({
    code: 'check/not-positive',
    message: finite
      ? `the kernel of ${gram.rows} points plus λ = ${ridge.toPrecision(3)} is not positive definite to rounding`
      : 'the kernel of the points is not finite',
    why: finite
      ? 'Points that (nearly) coincide give the same equation twice.'
      : 'The points have run away: the steps were too long.',
    hint: finite ? 'Raise --ridge-share, e.g. to 1e-4.' : 'Lower --learning-rate.',
    values: { points: gram.rows, ridge: Number.isFinite(ridge) ? ridge : null },
  })
}

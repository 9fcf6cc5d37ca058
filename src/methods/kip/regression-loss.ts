import type { Matrix } from '#core/matrix'
import type { Kernel } from '#kernels/kernel'
import type { Blas } from '#linalg/blas'
import { positiveSolver, relativeRidge } from '#models/kernel-ridge'

/** Points, their labels, and real examples that they are to predict. */
export interface RegressionTask {
  readonly kernel: Kernel
  /** X_S, m × d, and Y_S, m × k, without the mean of the labels. */
  readonly points: Matrix
  readonly labels: Matrix
  /** X_T, n × d, and Y_T, n × k, likewise. */
  readonly inputs: Matrix
  readonly targets: Matrix
  /** λ = share · tr(K_SS) / m. */
  readonly ridgeShare: number
}

export interface LossGradient {
  readonly loss: number
  /** m × d */
  readonly ofPoints: Matrix
  /** m × k */
  readonly ofLabels: Matrix
}

/**
 * KIP's loss, ½ mean (Y_T − K_TS (K_SS + λI)⁻¹ Y_S)² over examples and columns, with its gradient, the path through λ
 * included (Nguyen, Chen, Lee 2021, eq. 7).
 *
 * With A = K_SS + λI, α = A⁻¹ Y_S and G = (K_TS α − Y_T) / (n k): ∂/∂K_TS = G αᵀ, ∂/∂Y_S = B = A⁻¹ K_STᵀ G,
 * ∂/∂A = −B αᵀ, and λ adds share · tr(∂/∂A) / m to the diagonal of ∂/∂K_SS.
 */
export async function regressionLoss(task: RegressionTask, blas: Blas): Promise<LossGradient> {
  const { kernel, points, labels, inputs, targets, ridgeShare } = task
  const own = await kernel.symmetricGram(points, blas)
  const solve = await positiveSolver(own, relativeRidge(own, ridgeShare), blas)
  const dual = await solve(labels)
  const { gram: cross, pullBack } = await kernel.linearise(inputs, points, blas)
  const residual = await blas.gemm(cross, dual)
  const count = residual.data.length
  let squares = 0
  for (let at = 0; at < count; at++) {
    const error = residual.data[at] - targets.data[at]
    squares += error * error
    residual.data[at] = error / count
  }
  const ofLabels = await solve(await blas.gemm(cross, residual, { transposeA: true }))
  const ofCross = await blas.gemm(residual, dual, { transposeB: true })
  const ofOwn = await gramGradient(ofLabels, dual, ridgeShare, blas)
  const ofPoints = await pullBack(ofCross)
  add(ofPoints, await kernel.symmetricPullBack(points, ofOwn, blas))
  return { loss: (0.5 * squares) / count, ofPoints, ofLabels }
}

/** ∂/∂K_SS = −B αᵀ, and on its diagonal share · tr(−B αᵀ) / m for λ. */
export async function gramGradient(
  ofLabels: Matrix,
  dual: Matrix,
  ridgeShare: number,
  blas: Blas,
): Promise<Matrix> {
  const result = await blas.gemm(ofLabels, dual, { transposeB: true, alpha: -1 })
  const { rows: m, data } = result
  let trace = 0
  for (let i = 0; i < m; i++) trace += data[i * m + i]
  for (let i = 0; i < m; i++) data[i * m + i] += (ridgeShare * trace) / m
  return result
}

/** a ← a + b */
export function add(a: Matrix, b: Matrix): void {
  for (let at = 0; at < a.data.length; at++) a.data[at] += b.data[at]
}

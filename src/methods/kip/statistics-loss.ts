import type { Matrix } from '#core/matrix'
import type { DifferentiableFeatures } from '#kernels/features'
import { plusTransposed } from '#kernels/product-blocks'
import type { Blas } from '#linalg/blas'
import { positiveSolver, relativeRidge } from '#models/kernel-ridge'
import type { FeatureMoments, ModelLoss } from './feature-moments.ts'
import { lossFromMoments } from './feature-moments.ts'
import type { LossGradient } from './regression-loss.ts'
import { add, gramGradient } from './regression-loss.ts'

/**
 * KIP's loss over all examples for a kernel φᵀφ of p features: with W_S = Y_Sᵀ (K_SS + λI)⁻¹ φ(X_S) it is a quadratic in
 * W_S whose coefficients are statistics of the data, so that a step costs O(k p² + m p) and never sees an example. The
 * gradient takes the path through λ.
 */
export async function statisticsLoss(
  features: DifferentiableFeatures,
  moments: FeatureMoments,
  { points, labels, ridgeShare }: { points: Matrix; labels: Matrix; ridgeShare: number },
  blas: Blas,
): Promise<LossGradient> {
  const phi = await features.forward(points, blas)
  const gram = await blas.syrk(phi)
  const solve = await positiveSolver(gram, relativeRidge(gram, ridgeShare), blas)
  const dual = await solve(labels)
  const weight = await blas.gemm(dual, phi, { transposeA: true })
  const { loss, ofWeight } = await lossFromMoments(weight, moments, blas)
  const ofLabels = await solve(await blas.gemm(phi, ofWeight, { transposeB: true }))
  const ofGram = plusTransposed(await gramGradient(ofLabels, dual, ridgeShare, blas))
  const ofPhi = await blas.gemm(dual, ofWeight)
  add(ofPhi, await blas.gemm(ofGram, phi))
  return { loss, ofPoints: await features.pullBack(points, ofPhi, blas), ofLabels }
}

/** W_S = C φ_Sᵀ (φ_S S φ_Sᵀ)⁻¹ φ_S, and what it was made of. */
export interface ResolvedModel {
  /** k × p */
  readonly weight: Matrix
  /** Y_S = (K_SS + λI) U with U = (φ_S S φ_Sᵀ)⁻¹ φ_S Cᵀ, m × k. */
  readonly labels: Matrix
}

/** Share of the diagonal that keeps φ_S S φ_Sᵀ, whose condition is the square of that of φ_S, invertible. */
const jitter = 1e-13

/**
 * The labels that are best for given points on the whole training set (Label Solve), from statistics alone. λ cancels
 * out of the model.
 */
export async function resolveLabels(
  phi: Matrix,
  moments: FeatureMoments,
  ridgeShare: number,
  blas: Blas,
): Promise<ResolvedModel> {
  const { coefficients, weight } = await bestInSpan(phi, moments, blas)
  const gram = await blas.syrk(phi)
  const ridge = relativeRidge(gram, ridgeShare)
  const labels = await blas.gemm(gram, coefficients)
  for (let at = 0; at < labels.data.length; at++) labels.data[at] += ridge * coefficients.data[at]
  return { weight, labels }
}

async function bestInSpan(phi: Matrix, moments: FeatureMoments, blas: Blas) {
  const spread = await blas.gemm(phi, moments.gram)
  const normal = await blas.gemm(spread, phi, { transposeB: true })
  const solve = await positiveSolver(normal, relativeRidge(normal, jitter), blas)
  const coefficients = await solve(await blas.gemm(phi, moments.cross, { transposeB: true }))
  const weight = await blas.gemm(coefficients, phi, { transposeA: true })
  return { spread, solve, coefficients, weight }
}

/**
 * The loss of the closed-form paper's comparator (Chen, Huang, Weng 2024, distill_kip.py): labels are solved anew over
 * the whole training set at every step and differentiated through, so that only the points are free.
 * @param lossOf of the model, on a batch or from statistics
 */
export async function resolvedLabelsLoss(
  features: DifferentiableFeatures,
  moments: FeatureMoments,
  points: Matrix,
  lossOf: (weight: Matrix) => Promise<ModelLoss>,
  blas: Blas,
): Promise<Pick<LossGradient, 'loss' | 'ofPoints'>> {
  const phi = await features.forward(points, blas)
  const { spread, solve, coefficients, weight } = await bestInSpan(phi, moments, blas)
  const { loss, ofWeight } = await lossOf(weight)
  // W = Uᵀφ with N U = φ Cᵀ and N = φ S φᵀ: B = N⁻¹ φ ofWᵀ is the gradient of φ Cᵀ, −B Uᵀ that of N.
  const b = await solve(await blas.gemm(phi, ofWeight, { transposeB: true }))
  const ofPhi = await blas.gemm(coefficients, ofWeight)
  add(ofPhi, await blas.gemm(b, moments.cross))
  const ofNormal = plusTransposed(await blas.gemm(b, coefficients, { transposeB: true, alpha: -1 }))
  add(ofPhi, await blas.gemm(ofNormal, spread))
  return { loss, ofPoints: await features.pullBack(points, ofPhi, blas) }
}

import { copyOf, frobeniusNorm, matrix, type Matrix } from '#core/matrix'
import type { Random } from '#core/random'
import type { Blas } from '#linalg/blas'
import { normalMatrix } from './random-frame.ts'
import { scaleColumns, scaleRows } from './slices.ts'
import { spectrumOf, type Spectrum } from './spectrum.ts'

/** Classes 0, 1, …, k−1, 0, 1, …: balanced, or unbalanced by one where m is no multiple of k. */
export function classCycle(points: number, classes: number): Int32Array {
  return Int32Array.from({ length: points }, (_, i) => i % classes)
}

/** One row per point: 1 at its class, else 0. With `centred`, less 1/k everywhere. */
export function classLabels(of: ArrayLike<number>, classes: number, centred: boolean): Matrix {
  const result = matrix(of.length, classes)
  if (centred) result.data.fill(-1 / classes)
  for (let i = 0; i < of.length; i++) result.data[i * classes + of[i]] += 1
  return result
}

/** The mean of every column. */
export function columnMeans(a: Matrix): Float64Array {
  const means = new Float64Array(a.cols)
  for (let i = 0, at = 0; i < a.rows; i++) for (let j = 0; j < a.cols; j++) means[j] += a.data[at++]
  return means.map((sum) => sum / a.rows)
}

/** What fixed labels Y_S (m × k, rank ρ) leave to the model: Y_S = a · R with orthonormal a, and M with Rᵀ M = W. */
export interface LabelFrame {
  /** m × ρ, orthonormal columns. */
  readonly a: Matrix
  /** M = aᵀ D for every D that Y_Sᵀ D = W allows, ρ × p; ‖M‖₂ = ‖Y_S⁺ W‖₂. */
  readonly m: Matrix
  /** ‖W − its part in the range of the labels‖_F / ‖W‖_F: above rounding, no points can serve W. */
  readonly unreached: number
}

/**
 * @param labels m × k
 * @param source norm of the labels before centring, where they were centred
 */
export async function labelFrame(
  blas: Blas,
  labels: Matrix,
  weight: Matrix,
  source = 0,
): Promise<LabelFrame> {
  const { u, values, vt } = await spectrumOf(blas, labels, source)
  const reached = await blas.gemm(vt, weight)
  const rest = copyOf(weight)
  await blas.gemm(vt, reached, { transposeA: true, alpha: -1, beta: 1, c: rest })
  const norm = frobeniusNorm(weight)
  return {
    a: u,
    m: await scaleRows(
      reached,
      values.map((value) => 1 / value),
    ),
    unreached: norm === 0 ? 0 : frobeniusNorm(rest) / norm,
  }
}

/**
 * The frame of free labels Y_S = scale · Q Σ Uᵀ with W = U Σ Vᵀ and Q (m × r) orthonormal: M = Vᵀ / scale, so every
 * singular value of Y_S⁺ W is 1/scale and the labels carry those of W.
 * @param wanted for classes the labels (m × k) that these should be nearest to (orthogonal Procrustes); for real
 * targets the randomness of Q
 */
export async function freeLabelFrame(
  blas: Blas,
  weight: Spectrum,
  points: number,
  wanted: Matrix | Random,
  scale: number,
): Promise<LabelFrame> {
  const near =
    'data' in wanted
      ? await scaleColumns(await blas.gemm(wanted, weight.u), weight.values)
      : await normalMatrix(wanted, points, weight.rank)
  const { u, vt } = await blas.svd(near)
  const shares = new Float64Array(weight.rank).fill(1 / scale)
  return { a: await blas.gemm(u, vt), m: await scaleRows(weight.vt, shares), unreached: 0 }
}

import type { Matrix } from '#core/matrix'
import { matrix, transpose } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { NotPositiveDefinite } from '#linalg/blas'
import { byRows } from '#statistics/by-rows'
import type { Statistics } from '#statistics/statistics'
import { normalEquations, removeColumnMeans } from './normal-equations.ts'
import { refinedSolve } from './refined-solve.ts'
import type { RidgeModel } from './ridge-model.ts'

export interface RidgeOptions {
  readonly blas: Blas
  readonly intercept: boolean
}

/** Ridge regression for every λ from one symmetric eigendecomposition. */
export interface RidgePath {
  readonly intercept: boolean
  readonly inputSize: number
  readonly targetSize: number
  /** Eigenvalues of S (about the mean where there is an intercept), ascending; rounding may leave small ones negative. */
  readonly eigenvalues: Float64Array
  /**
   * The model for one λ ≥ 0, for 0 the one of least norm. Directions whose eigenvalue is at most p·ε times the largest
   * get weight 0.
   */
  at(ridge: number): Promise<RidgeModel>
  /** The models for several λ, stacked: weights (count · k) × p, biases count · k. */
  stacked(ridges: readonly number[]): Promise<{ weights: Matrix; biases: Float64Array }>
}

/** λ candidates in half decades: 10⁻³ … 10^5.5 for images, 10⁻⁶ … 10^5.5 for vectors (Chen, Huang, Weng 2024, code). */
export function ridgeGrid(kind: 'image' | 'vector'): number[] {
  const first = kind === 'image' ? -6 : -12
  return Array.from({ length: 12 - first }, (_, i) => 10 ** ((first + i) / 2))
}

/**
 * Prepares W(λ) = C V diag(1 / (e + λ)) Vᵀ with S = V diag(e) Vᵀ; with an intercept S and C are taken about the mean,
 * and b = ȳ − W x̄. Fast for many λ; for the digits that a certificate needs use `fitRidge`.
 * @throws DidNotConverge when the statistics are not finite
 */
export async function fitRidgePath(statistics: Statistics, options: RidgeOptions): Promise<RidgePath> {
  const { blas, intercept } = options
  const { inputSize, targetSize } = statistics
  const system = await normalEquations(statistics, intercept)
  const { values: eigenvalues, vectors } = await blas.eigenSymmetric(system.gram)
  const rotated = await blas.gemm(system.cross, vectors)

  const stacked = async (ridges: readonly number[]) => {
    const scaled = matrix(ridges.length * targetSize, inputSize)
    ridges.forEach((ridge, r) => {
      const inverse = inverseSpectrum(eigenvalues, ridge)
      for (let c = 0; c < targetSize; c++) {
        const row = (r * targetSize + c) * inputSize
        for (let j = 0; j < inputSize; j++)
          scaled.data[row + j] = rotated.data[c * inputSize + j] * inverse[j]
      }
    })
    const weights = await blas.gemm(scaled, vectors, { transposeB: true })
    const biases = new Float64Array(weights.rows)
    for (let r = 0; r < weights.rows; r++) biases[r] = system.biasOf(weights, r, r % targetSize)
    return { weights, biases }
  }

  return {
    intercept,
    inputSize,
    targetSize,
    eigenvalues,
    stacked,
    async at(ridge) {
      const { weights, biases } = await stacked([ridge])
      return { weight: weights, bias: biases, ridge, intercept }
    },
  }
}

/**
 * The model for one λ ≥ 0 to nearly the last bit that the statistics determine: by Cholesky, or by the
 * eigendecomposition where S + λI may be near to singular, and iterative refinement in doubled precision.
 * @param options `least`: what no eigenvalue of S is below, where that is known, e.g. the smallest eigenvalue for fewer of the
 * same examples; saves the eigendecomposition where it is clear of rounding
 * @throws DidNotConverge when the statistics are not finite
 */
export async function fitRidge(
  statistics: Statistics,
  ridge: number,
  { blas, intercept, least = 0 }: RidgeOptions & { readonly least?: number },
): Promise<RidgeModel> {
  if (!(ridge >= 0)) throw new RangeError(`λ must be at least 0, not ${ridge}`)
  const system = await normalEquations(statistics, intercept)
  const shifted = await plusRidge(system.gram, ridge)
  const resolved =
    ridge + Math.max(0, least) > wellResolved * resolution(shifted.rows, largestDiagonal(system.gram))
  const solver =
    (resolved ? await choleskySolver(shifted, blas) : undefined) ??
    (await spectralSolver(system.gram, ridge, blas))
  const weight = await refinedSolve(shifted, system.cross, solver, blas)
  if (system.balanced) removeColumnMeans(weight)
  const bias = Float64Array.from({ length: weight.rows }, (_, c) => system.biasOf(weight, c, c))
  return { weight, bias, ridge, intercept }
}

/**
 * A smaller λ plus least eigenvalue, in units of the resolution of S, would magnify the rounding of C along directions that the data do not
 * span into W; the eigendecomposition leaves those directions out.
 */
const wellResolved = 1e6

/** S + λI */
async function plusRidge({ rows, cols, data }: Matrix, ridge: number): Promise<Matrix> {
  const result = matrix(rows, cols)
  await byRows(rows, cols, (i) => {
    result.data.set(data.subarray(i * cols, (i + 1) * cols), i * cols)
    result.data[i * cols + i] += ridge
  })
  return result
}

async function choleskySolver(a: Matrix, blas: Blas) {
  try {
    const factor = await blas.cholesky(a)
    return async (b: Matrix) => {
      const half = await blas.solveTriangular(factor, transpose(b))
      return transpose(await blas.solveTriangular(factor, half, { transpose: true }))
    }
  } catch (error) {
    if (error instanceof NotPositiveDefinite) return undefined
    throw error
  }
}

async function spectralSolver(a: Matrix, ridge: number, blas: Blas) {
  const { values, vectors } = await blas.eigenSymmetric(a)
  const inverse = inverseSpectrum(values, ridge)
  return async (b: Matrix) => {
    const rotated = await blas.gemm(b, vectors)
    for (let t = 0; t < rotated.data.length; t++) rotated.data[t] *= inverse[t % inverse.length]
    return blas.gemm(rotated, vectors, { transposeB: true })
  }
}

/** 1 / (e + λ), and 0 where e is lost in the rounding of S: there C holds rounding alone. λ = 0: the pseudo-inverse. */
function inverseSpectrum(eigenvalues: Float64Array, ridge: number): Float64Array {
  const largest = eigenvalues[eigenvalues.length - 1] ?? 0
  const least = resolution(eigenvalues.length, largest)
  return eigenvalues.map((value) => (value > least ? 1 / (value + ridge) : 0))
}

/** What a p × p matrix with the given largest eigenvalue does not resolve. */
function resolution(p: number, largest: number): number {
  return p * Number.EPSILON * Math.max(largest, 0)
}

/** At most the largest eigenvalue, and at least 1/p of it. */
function largestDiagonal({ rows, data }: Matrix): number {
  let largest = 0
  for (let j = 0; j < rows; j++) largest = Math.max(largest, data[j * rows + j])
  return largest
}

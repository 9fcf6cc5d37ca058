import type { ZodType } from 'zod'
import type { KernelDescription } from '#core/kernel-training'
import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'

/**
 * A positive semidefinite kernel K(x, z) on rows in float64, with its derivative. Kernel regression and methods that
 * move points know nothing else of it.
 */
export interface Kernel extends KernelDescription {
  /** K(x_i, z_j): n × d and m × d to n × m. Callers bound n; nothing is kept. */
  gram(x: Matrix, z: Matrix, blas: Blas): Promise<Matrix>
  /** K(x_i, x_j), m × m: symmetric to the last bit, its diagonal free of the rounding of equal points. */
  symmetricGram(x: Matrix, blas: Blas): Promise<Matrix>
  /** K(x_i, x_i), length n. */
  diagonal(x: Matrix, blas: Blas): Promise<Float64Array>
  /** `gram` with the way back: what both need is worked out once. Callers bound n; a few n × m values are held. */
  linearise(x: Matrix, z: Matrix, blas: Blas): Promise<LinearisedGram>
  /**
   * Gradient of Σ C_ij K(x_i, x_j) with respect to x, which moves both arguments.
   * @param cotangent C, m × m; need not be symmetric
   * @returns m × d
   */
  symmetricPullBack(x: Matrix, cotangent: Matrix, blas: Blas): Promise<Matrix>
}

/** K(x, z) at given x and z, and its derivative with respect to z. */
export interface LinearisedGram {
  /** n × m */
  readonly gram: Matrix
  /**
   * Gradient of Σ C_ij K(x_i, z_j) with respect to z. Where a kernel has a kink between equal points, the mean over
   * all directions is taken.
   * @param cotangent C, n × m
   * @returns m × d
   */
  pullBack(cotangent: Matrix): Promise<Matrix>
}

/** One family of kernels: a file in this folder and a row of the table. */
export interface KernelKind {
  readonly id: Exclude<KernelDescription['id'], 'features'>
  readonly title: string
  readonly source: string
  /** Schema of the parameters, defaults included. */
  readonly parameters: ZodType
  /** @throws ZodError for parameters that do not fit */
  create(parameters: unknown): Kernel
}

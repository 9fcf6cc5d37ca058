import type { AnyMatrix, FloatArray, Matrix, Matrix32 } from '#core/matrix'

/**
 * The kernels that everything rests on, and nothing else: dense real matrices, row-major, float32 or float64.
 * Every operation is asynchronous, so that a large one can run on another thread and never hold the event loop
 * for more than 50 ms. Operands must not be changed until the promise settles. Within one call all matrices have the
 * same element type. The same call on the same machine, provider and thread count gives the same bits.
 *
 * This layer knows nothing of datasets, statistics or models, allocates its results unless told where to put them,
 * and throws plain RangeError for shapes that do not fit (a bug of the caller), `NotPositiveDefinite` and
 * `DidNotConverge` for numbers that do not.
 */
export interface Blas {
  readonly id: 'native' | 'wasm'
  /** For people and for run.json, e.g. `OpenBLAS 0.3.21 (Haswell), /usr/lib/…/libopenblas.so.0`. */
  readonly description: string
  /** Threads used for one operation. Results are reproducible at a fixed count only. */
  readonly threads: number
  /**
   * The same operations on one thread each and up to `threads` of them at once, where few cores make that faster: threads
   * of one product wait for each other, and longest where other work takes a core away from one of them. For products
   * that are independent. Closed with its provider.
   */
  readonly apart?: Blas

  /** c ← alpha·op(a)·op(b) + beta·c with op = transpose where asked. `c` is created (zero) when not given. */
  gemm<A extends FloatArray>(a: Matrix<A>, b: Matrix<A>, options?: GemmOptions<A>): Promise<Matrix<A>>
  /**
   * c ← alpha·a·aᵀ + beta·c, or alpha·aᵀ·a + beta·c with `transpose`. Where beta is not 0, c must be symmetric;
   * the result is symmetric to the last bit. With `lowerOnly`, for sums of many terms, only the lower triangles of c
   * count and what stands above them is left open; `mirrorLower` completes such a sum.
   */
  syrk<A extends FloatArray>(a: Matrix<A>, options?: SyrkOptions<A>): Promise<Matrix<A>>

  /**
   * Lower factor L (upper triangle zero) with L·Lᵀ = a; reads only a's lower triangle.
   * @throws NotPositiveDefinite, also where a holds NaN or infinity
   */
  cholesky<A extends FloatArray>(a: Matrix<A>): Promise<Matrix<A>>
  /** Solves op(t)·x = b for triangular t (square, other triangle ignored); b is rows × right-hand sides. */
  solveTriangular<A extends FloatArray>(
    t: Matrix<A>,
    b: Matrix<A>,
    options?: TriangularOptions,
  ): Promise<Matrix<A>>
  /** Solves a·x = b for symmetric positive definite a; reads only a's lower triangle. @throws NotPositiveDefinite */
  solvePositive<A extends FloatArray>(a: Matrix<A>, b: Matrix<A>): Promise<Matrix<A>>
  /** Solves a·x = b for square a by LU with partial pivoting. @throws Singular when a pivot is exactly zero */
  solve<A extends FloatArray>(a: Matrix<A>, b: Matrix<A>): Promise<Matrix<A>>

  /** Thin QR: q rows × r, r r × cols with r = min(rows, cols); q has orthonormal columns. */
  qr<A extends FloatArray>(a: Matrix<A>): Promise<{ q: Matrix<A>; r: Matrix<A> }>
  /**
   * The same, with q kept as its reflections: half the work where q is only to be applied. `a` may be changed afterwards.
   */
  householder<A extends FloatArray>(a: Matrix<A>): Promise<Householder<A>>
  /**
   * Minimum-norm least squares min ‖a·x − b‖ by an orthogonal factorisation with column pivoting; any shape and rank.
   * `rank` counts the diagonal entries of its triangle above `tolerance` × the largest; default max(rows, cols)·ε.
   * @throws DidNotConverge where a holds NaN or infinity
   */
  leastSquares<A extends FloatArray>(
    a: Matrix<A>,
    b: Matrix<A>,
    options?: { tolerance?: number },
  ): Promise<{ x: Matrix<A>; rank: number }>

  /** a = vectors·diag(values)·vectorsᵀ: values ascending, eigenvectors in columns; reads only a's lower triangle. @throws DidNotConverge */
  eigenSymmetric<A extends FloatArray>(a: Matrix<A>): Promise<{ values: A; vectors: Matrix<A> }>
  /** a = u·diag(values)·vt, thin: u rows × r, values r descending ≥ 0, vt r × cols, r = min(rows, cols). @throws DidNotConverge */
  svd<A extends FloatArray>(a: Matrix<A>): Promise<{ u: Matrix<A>; values: A; vt: Matrix<A> }>

  /** Ends worker threads; the provider must not be used afterwards. */
  close(): Promise<void>
}

export interface GemmOptions<A extends FloatArray> {
  transposeA?: boolean
  transposeB?: boolean
  alpha?: number
  beta?: number
  /** Written in place and returned. Must not overlap a or b. */
  c?: Matrix<A>
}

export interface SyrkOptions<A extends FloatArray> {
  transpose?: boolean
  lowerOnly?: boolean
  alpha?: number
  beta?: number
  c?: Matrix<A>
}

export interface TriangularOptions {
  /** Default true. */
  lower?: boolean
  transpose?: boolean
  /** Ones on the diagonal, whatever is stored there. */
  unit?: boolean
}

/** The thin QR of a matrix, rank = min(rows, cols). */
export interface Householder<A extends FloatArray> {
  /** rank × cols, upper triangular. */
  readonly r: Matrix<A>
  /** qᵀ·b: rows × sides to rank × sides. */
  project(b: Matrix<A>): Promise<Matrix<A>>
  /** q·b: rank × sides to rows × sides. */
  expand(b: Matrix<A>): Promise<Matrix<A>>
}

/** Cholesky met a pivot that is not positive. */
export class NotPositiveDefinite extends Error {
  /** Index of the leading minor that is not positive, from 0. */
  readonly pivot: number
  constructor(pivot: number) {
    super(`the matrix is not positive definite: leading minor ${pivot + 1} is not positive`)
    this.name = 'NotPositiveDefinite'
    this.pivot = pivot
  }
}

/** LU met a pivot that is exactly zero. */
export class Singular extends Error {
  readonly pivot: number
  constructor(pivot: number) {
    super(`the matrix is singular: pivot ${pivot + 1} is zero`)
    this.name = 'Singular'
    this.pivot = pivot
  }
}

/** An iterative factorisation gave up, or its input holds NaN or infinity. */
export class DidNotConverge extends Error {
  constructor(operation: string) {
    super(`${operation} did not converge; the matrix may hold NaN or infinite values`)
    this.name = 'DidNotConverge'
  }
}

export type { AnyMatrix, FloatArray, Matrix, Matrix32 }

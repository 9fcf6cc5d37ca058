import type { Matrix } from '#core/matrix'

/**
 * Finished one-pass statistics of n examples x (row of size p) with targets y (size k; one-hot for classes).
 * Sums, not means, so that records add. From these alone come W for every λ, the squared error, channel and column
 * moments, and any affine preprocessing of x.
 */
export interface Statistics {
  readonly count: number
  readonly inputSize: number
  readonly targetSize: number
  /** S = Σ x xᵀ, p × p, both triangles. */
  readonly gram: Matrix
  /** C = Σ y xᵀ, k × p. */
  readonly cross: Matrix
  /** Σ x, length p. */
  readonly inputSum: Float64Array
  /** Σ y, length k. */
  readonly targetSum: Float64Array
  /** Σ y yᵀ, k × k. */
  readonly targetGram: Matrix
  /** True where every entry is the exact integer sum (8-bit inputs, class targets). */
  readonly exact: boolean
  /** Hash of what went in and what was removed; independent of order, block size and sharding. */
  readonly provenance: string
}

/**
 * The same sums of raw inputs about an origin: v = x − origin. A column whose mean is large beside its spread keeps its
 * digits this way. `transformStatistics` turns them into `Statistics` of preprocessed (or raw) inputs.
 */
export interface RawStatistics {
  readonly count: number
  readonly inputSize: number
  readonly targetSize: number
  /** Length p. */
  readonly origin: Float64Array
  /** Σ v vᵀ, p × p, both triangles. */
  readonly shiftedGram: Matrix
  /** Σ y vᵀ, k × p. */
  readonly shiftedCross: Matrix
  /** Σ v, length p. */
  readonly shiftedSum: Float64Array
  /** Σ y, length k. */
  readonly targetSum: Float64Array
  /** Σ y yᵀ, k × k. */
  readonly targetGram: Matrix
  readonly exact: boolean
  readonly provenance: string
}

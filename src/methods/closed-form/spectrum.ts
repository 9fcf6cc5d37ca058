import { rowsOf, type Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { firstColumns } from './slices.ts'

/** The thin singular value decomposition of a matrix, cut at its numerical rank r: a = u · diag(values) · vt. */
export interface Spectrum {
  readonly rank: number
  /** rows × r, orthonormal columns. */
  readonly u: Matrix
  /** r values, descending, all positive. */
  readonly values: Float64Array
  /** r × cols, orthonormal rows. */
  readonly vt: Matrix
}

/**
 * Singular values up to this share of the largest count as zero: max(rows, cols)·2⁻⁵², but never fewer than 16 units,
 * because the entries of a small matrix are rounded sums as well.
 */
export function rankTolerance(rows: number, cols: number): number {
  return Math.max(rows, cols, 16) * 2 ** -52
}

/**
 * A zero or empty matrix has rank 0.
 * @param source norm of what a was computed from, where a may be nothing but its rounding
 */
export async function spectrumOf(blas: Blas, a: Matrix, source = 0): Promise<Spectrum> {
  const { u, values, vt } = await blas.svd(a)
  const floor = rankTolerance(a.rows, a.cols) * Math.max(values[0] ?? 0, source)
  let rank = 0
  while (rank < values.length && values[rank] > floor) rank++
  return {
    rank,
    u: await firstColumns(u, rank),
    values: values.slice(0, rank),
    vt: rowsOf(vt, 0, rank),
  }
}

/**
 * The number of singular values above √ε of the largest. A smaller one, turned into points of size 1/σ, would cost more
 * digits (ε σ₁/σ) than leaving it out (σ/σ₁).
 */
export function sureRank({ values }: Spectrum): number {
  return values.findLastIndex((value) => value > 2 ** -26 * values[0]) + 1
}

/** The best approximation of the given rank (Eckart–Young): the leading singular triples. */
export async function truncated(spectrum: Spectrum, rank: number): Promise<Spectrum> {
  if (rank >= spectrum.rank) return spectrum
  return {
    rank,
    u: await firstColumns(spectrum.u, rank),
    values: spectrum.values.slice(0, rank),
    vt: rowsOf(spectrum.vt, 0, rank),
  }
}

/** Relative Frobenius distance from the nearest matrix of the given rank: the Eckart–Young tail. */
export function rankError(spectrum: Spectrum, rank: number): number {
  let tail = 0
  let total = 0
  for (let i = spectrum.rank - 1; i >= 0; i--) {
    const share = (spectrum.values[i] / spectrum.values[0]) ** 2
    total += share
    if (i >= rank) tail += share
  }
  return total === 0 ? 0 : Math.sqrt(tail / total)
}

/** Largest over smallest nonzero singular value; 1 for a zero matrix. */
export function conditionNumber(spectrum: Spectrum): number {
  return spectrum.rank === 0 ? 1 : spectrum.values[0] / spectrum.values[spectrum.rank - 1]
}

import { identity, matrix, rowsOf, type Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { scaleRows } from './slices.ts'

/** An orthonormal basis E (m × (m − r)) of all that is orthogonal to r given columns, kept as a block reflector. */
export interface Complement {
  /** m − r, the number of columns of E. */
  readonly size: number
  /** E·b for b with m − r rows. */
  expand(b: Matrix): Promise<Matrix>
  /** Eᵀ·x for x with m rows. */
  project(x: Matrix): Promise<Matrix>
}

/**
 * The last m − r columns of an orthogonal matrix H = I − V T Vᵀ whose first r columns span those of q. Applying it
 * costs two products with inner size r, and no m × m matrix is formed. With q = [q₁; q₂], q₁ = P Σ O (r × r):
 * V = [−P(I + Σ)O; −q₂], T = Oᵀ (I + Σ)⁻¹ O, whose condition number is at most 2.
 * @param q m × r, orthonormal columns, 0 ≤ r ≤ m
 */
export async function orthogonalComplement(blas: Blas, q: Matrix): Promise<Complement> {
  const { rows, cols: rank } = q
  const size = rows - rank
  if (rank === 0) return { size, expand: async (b) => b, project: async (x) => x }
  if (size === 0) {
    return { size, expand: async (b) => matrix(rows, b.cols), project: async (x) => matrix(0, x.cols) }
  }
  const { u, values, vt } = await blas.svd(rowsOf(q, 0, rank))
  const lifted = values.map((value) => 1 + value)
  const v = matrix(rows, rank)
  await blas.gemm(u, await scaleRows(vt, lifted), { alpha: -1, c: rowsOf(v, 0, rank) })
  for (let at = rank * rank; at < v.data.length; at++) v.data[at] = -q.data[at]
  const lower = rowsOf(v, rank, rows)
  const inverse = lifted.map((value) => 1 / value)
  const t = await blas.gemm(vt, await scaleRows(vt, inverse), { transposeA: true })

  const expand = async (b: Matrix): Promise<Matrix> => {
    const result = matrix(rows, b.cols)
    if (b.cols === 0) return result
    result.data.set(b.data, rank * b.cols)
    const inner = await blas.gemm(t, await blas.gemm(lower, b, { transposeA: true }))
    return blas.gemm(v, inner, { alpha: -1, beta: 1, c: result })
  }
  const project = async (x: Matrix): Promise<Matrix> => {
    const inner = await blas.gemm(t, await blas.gemm(v, x, { transposeA: true }))
    const result = matrix(size, x.cols, x.data.slice(rank * x.cols))
    return blas.gemm(lower, inner, { alpha: -1, beta: 1, c: result })
  }
  return { size, expand, project }
}

/** The basis E itself, m × (m − r). */
export function complementBasis(complement: Complement): Promise<Matrix> {
  return complement.expand(identity(complement.size))
}

/** The complement of the constant column: E maps m − 1 rows to m rows whose columns sum to zero. */
export function meanFree(blas: Blas, rows: number): Promise<Complement> {
  const constant = matrix(rows, 1)
  constant.data.fill(1 / Math.sqrt(rows))
  return orthogonalComplement(blas, constant)
}

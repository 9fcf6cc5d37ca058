import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { meanFree } from './complement.ts'
import { eachRow } from './slices.ts'

/**
 * Ridge regression with an unpenalised intercept on m rows is ridge regression without one on m − 1 rows Eᵀ(rows),
 * where E (m × (m − 1), orthonormal) spans what is orthogonal to (1, …, 1): centring is EEᵀ, and E is an isometry.
 * Without an intercept nothing changes.
 */
export interface Centring {
  /** Rows that are left: m − 1 with an intercept, else m. */
  readonly rows: number
  /** Eᵀ·a. */
  reduce(a: Matrix): Promise<Matrix>
  /** E·a + (1, …, 1)ᵀ·mean; the mean is ignored without an intercept. */
  restore(a: Matrix, mean: Float64Array): Promise<Matrix>
}

export async function centringOf(blas: Blas, points: number, intercept: boolean): Promise<Centring> {
  if (!intercept) return { rows: points, reduce: async (a) => a, restore: async (a) => a }
  const complement = await meanFree(blas, points)
  return {
    rows: points - 1,
    reduce: (a) => complement.project(a),
    async restore(a, mean) {
      const expanded = await complement.expand(a)
      await eachRow(expanded, (_row, at) => {
        for (let j = 0; j < a.cols; j++) expanded.data[at + j] += mean[j]
      })
      return expanded
    },
  }
}

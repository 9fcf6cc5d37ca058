import type { Matrix } from '#core/matrix'
import { matrix, stackRows } from '#core/matrix'
import type { Blas } from '#linalg/blas'

/**
 * Minimum-norm least squares min ‖M y − T‖ for M (n × m) that comes in blocks of rows: each block is added to a triangle
 * by QR (TSQR), so that nothing grows with n and no condition number is squared.
 */
export interface StreamedLeastSquares {
  add(rows: Matrix, targets: Matrix): Promise<void>
  /** m × k, and the number of singular values that counted. */
  solve(): Promise<{ solution: Matrix; rank: number }>
}

export function streamedLeastSquares(m: number, k: number, blas: Blas): StreamedLeastSquares {
  let triangle = matrix(0, m)
  let rotated = matrix(0, k)
  let seen = 0
  return {
    async add(rows, targets) {
      const { q, r } = await blas.qr(stackRows(triangle, rows))
      rotated = await blas.gemm(q, stackRows(rotated, targets), { transposeA: true })
      triangle = r
      seen += rows.rows
    },
    async solve() {
      const { u, values, vt } = await blas.svd(triangle)
      const least = Math.max(seen, m) * Number.EPSILON * (values[0] ?? 0)
      const coordinates = await blas.gemm(u, rotated, { transposeA: true })
      values.forEach((value, i) => {
        for (let c = 0; c < k; c++) coordinates.data[i * k + c] *= value > least ? 1 / value : 0
      })
      const solution = await blas.gemm(vt, coordinates, { transposeA: true })
      return { solution, rank: values.filter((value) => value > least).length }
    },
  }
}

import type { Blas } from '#linalg/blas'

/** A provider that counts floating-point operations, by the textbook counts (Golub, Van Loan). */
export function countingBlas(blas: Blas): { readonly blas: Blas; operations(): number } {
  let total = 0
  const tall = (a: { rows: number; cols: number }) => [Math.max(a.rows, a.cols), Math.min(a.rows, a.cols)]
  const counting: Blas = {
    id: blas.id,
    description: blas.description,
    threads: blas.threads,
    gemm(a, b, options) {
      const inner = options?.transposeA ? a.rows : a.cols
      total += 2 * ((a.rows * a.cols) / Math.max(1, inner)) * inner * (options?.transposeB ? b.rows : b.cols)
      return blas.gemm(a, b, options)
    },
    syrk(a, options) {
      total += (options?.transpose ? a.cols : a.rows) * a.rows * a.cols
      return blas.syrk(a, options)
    },
    cholesky(a) {
      total += a.rows ** 3 / 3
      return blas.cholesky(a)
    },
    solveTriangular(t, b, options) {
      total += t.rows ** 2 * b.cols
      return blas.solveTriangular(t, b, options)
    },
    solvePositive(a, b) {
      total += a.rows ** 3 / 3 + 2 * a.rows ** 2 * b.cols
      return blas.solvePositive(a, b)
    },
    solve(a, b) {
      total += (2 / 3) * a.rows ** 3 + 2 * a.rows ** 2 * b.cols
      return blas.solve(a, b)
    },
    qr(a) {
      const [long, short] = tall(a)
      total += 4 * long * short ** 2 - (4 / 3) * short ** 3
      return blas.qr(a)
    },
    async householder(a) {
      const [long, short] = tall(a)
      total += 2 * long * short ** 2 - (2 / 3) * short ** 3
      const { r, project, expand } = await blas.householder(a)
      const apply = (sides: number) => (total += (4 * long * short - 2 * short ** 2) * sides)
      return {
        r,
        project(b) {
          apply(b.cols)
          return project(b)
        },
        expand(b) {
          apply(b.cols)
          return expand(b)
        },
      }
    },
    leastSquares(a, b, options) {
      const [long, short] = tall(a)
      total += 4 * long * short ** 2 - (4 / 3) * short ** 3 + 4 * long * short * b.cols
      return blas.leastSquares(a, b, options)
    },
    eigenSymmetric(a) {
      total += 9 * a.rows ** 3
      return blas.eigenSymmetric(a)
    },
    svd(a) {
      const [long, short] = tall(a)
      total += 14 * long * short ** 2 + 8 * short ** 3
      return blas.svd(a)
    },
    close: () => blas.close(),
  }
  return { blas: counting, operations: () => total }
}

import type { Blas, FloatArray, Matrix } from '#linalg/blas'
import type { BlasCase } from './blas-case.ts'
import { checkSameBits } from './blas-checks.ts'
import type { Precision } from './blas-matrices.ts'
import { geometric, normal, randomFor, withEigenvalues } from './blas-matrices.ts'

/** The same call gives the same bits: again, and beside others. */
export function determinismCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  const random = randomFor('determinism')
  const rectangle = precision.matrix(190, 170, normal(random, 190 * 170))
  const square = precision.matrix(170, 170, normal(random, 170 * 170))
  const positive = precision.matrix(170, 170, withEigenvalues(random, geometric(170, 50)))
  const sides = precision.matrix(170, 20, normal(random, 170 * 20))
  const tallSides = precision.matrix(190, 20, normal(random, 190 * 20))

  const operations: Record<string, (blas: Blas) => Promise<Matrix<A>[]>> = {
    gemm: async (blas) => [await blas.gemm(rectangle, square)],
    syrk: async (blas) => [await blas.syrk(rectangle, { transpose: true })],
    cholesky: async (blas) => [await blas.cholesky(positive)],
    solveTriangular: async (blas) => [await blas.solveTriangular(positive, sides)],
    solvePositive: async (blas) => [await blas.solvePositive(positive, sides)],
    solve: async (blas) => [await blas.solve(square, sides)],
    qr: async (blas) => Object.values(await blas.qr(rectangle)),
    householder: async (blas) => {
      const { r, project, expand } = await blas.householder(rectangle)
      return [r, await project(tallSides), await expand(sides)]
    },
    leastSquares: async (blas) => [(await blas.leastSquares(rectangle, tallSides)).x],
    eigenSymmetric: async (blas) => {
      const { values, vectors } = await blas.eigenSymmetric(positive)
      return [{ rows: 1, cols: values.length, data: values }, vectors]
    },
    svd: async (blas) => {
      const { u, values, vt } = await blas.svd(rectangle)
      return [u, { rows: 1, cols: values.length, data: values }, vt]
    },
  }
  return Object.entries(operations).map(([name, operation]) => ({
    name: `${name} gives the same bits every time, and beside other work`,
    async run(blas) {
      const first = await operation(blas)
      const again = await operation(blas)
      const others = await Promise.all([operation(blas), operations.gemm(blas), operation(blas)])
      for (const run of [again, others[0], others[2]]) {
        first.forEach((matrix, i) => checkSameBits(run[i].data, matrix.data, `${name}, result ${i}`))
      }
    },
  }))
}

import type { Blas } from '#linalg/blas'
import { NotPositiveDefinite, Singular } from '#linalg/blas'
import { requireRightSides, squareSize } from '../shapes.ts'
import { zeroMatrix } from '../tiles.ts'
import { inPlace, input, kernelFor } from './job.ts'
import type { Lanes } from './lanes.ts'
import { runJob } from './lanes.ts'

export function createSystems(
  lanes: Lanes,
): Pick<Blas, 'cholesky' | 'solveTriangular' | 'solvePositive' | 'solve'> {
  return {
    async cholesky(a) {
      const n = squareSize(a)
      const factor = zeroMatrix(a, n, n)
      if (n === 0) return factor
      const minor = await runJob(lanes, {
        kernel: kernelFor('cholesky', a.data),
        args: [n, inPlace(a.data, factor.data)],
        work: n ** 3 / 3,
        scratchBytes: 0,
      })
      if (minor >= 0) throw new NotPositiveDefinite(minor)
      return factor
    },

    async solveTriangular(t, b, options = {}) {
      const n = squareSize(t)
      requireRightSides(t, b)
      const { lower = true, transpose = false, unit = false } = options
      const x = zeroMatrix(b, n, b.cols)
      if (x.data.length === 0) return x
      await runJob(lanes, {
        kernel: kernelFor('solve_triangular', t.data),
        args: [
          n,
          b.cols,
          Number(lower),
          Number(transpose),
          Number(unit),
          input(t.data),
          inPlace(b.data, x.data),
        ],
        work: n * n * b.cols,
        scratchBytes: 0,
      })
      return x
    },

    async solvePositive(a, b) {
      const n = squareSize(a)
      requireRightSides(a, b)
      const x = zeroMatrix(b, n, b.cols)
      if (n === 0) return x
      const minor = await runJob(lanes, {
        kernel: kernelFor('solve_positive', a.data),
        args: [n, b.cols, input(a.data), inPlace(b.data, x.data)],
        work: n ** 3 / 3 + 2 * n * n * b.cols,
        scratchBytes: 0,
      })
      if (minor >= 0) throw new NotPositiveDefinite(minor)
      return x
    },

    async solve(a, b) {
      const n = squareSize(a)
      requireRightSides(a, b)
      const x = zeroMatrix(b, n, b.cols)
      if (n === 0) return x
      const pivot = await runJob(lanes, {
        kernel: kernelFor('solve', a.data),
        args: [n, b.cols, input(a.data), inPlace(b.data, x.data)],
        work: (2 * n ** 3) / 3 + 2 * n * n * b.cols,
        scratchBytes: 8 * n,
      })
      if (pivot >= 0) throw new Singular(pivot)
      return x
    },
  }
}

import type { Blas, FloatArray, Householder, Matrix } from '#linalg/blas'
import { DidNotConverge } from '#linalg/blas'
import { requireMatrix, requireRightSides } from '../shapes.ts'
import { zeroMatrix } from '../tiles.ts'
import { inPlace, input, kernelFor, output } from './job.ts'
import type { Lanes } from './lanes.ts'
import { runJob } from './lanes.ts'

/** Reflections are applied in panels of 32 columns, of which a few are held at a time; see qr.h. */
export function panelScratch(rows: number, cols: number, elementBytes: number): number {
  return 200 * (rows + cols) * elementBytes
}

export function createOrthogonal(
  lanes: Lanes,
  gemm: Blas['gemm'],
): Pick<Blas, 'qr' | 'householder' | 'leastSquares'> {
  const qr = async <A extends FloatArray>(a: Matrix<A>): Promise<{ q: Matrix<A>; r: Matrix<A> }> => {
    requireMatrix(a, 'a')
    const { rows, cols } = a
    const rank = Math.min(rows, cols)
    const q = zeroMatrix(a, rows, rank)
    const r = zeroMatrix(a, rank, cols)
    if (rank === 0) return { q, r }
    const factors = rows >= cols ? inPlace(a.data, q.data) : input(a.data)
    await runJob(lanes, {
      kernel: kernelFor('qr', a.data),
      args: [rows, cols, factors, rows >= cols ? factors : output(q.data), output(r.data)],
      work: 4 * rows * cols * rank,
      scratchBytes: panelScratch(rows, cols, a.data.BYTES_PER_ELEMENT),
    })
    return { q, r }
  }
  return {
    qr,

    async householder<A extends FloatArray>(a: Matrix<A>): Promise<Householder<A>> {
      const { q, r } = await qr(a)
      return {
        r,
        project: (b) => gemm(q, b, { transposeA: true }),
        expand: (b) => gemm(q, b),
      }
    },

    async leastSquares(a, b, options = {}) {
      requireMatrix(a, 'a')
      requireRightSides(a, b)
      const { rows, cols } = a
      const x = zeroMatrix(a, cols, b.cols)
      if (Math.min(rows, cols) === 0) return { x, rank: 0 }
      const width = cols + b.cols + 8
      const elements = (rows + Math.min(rows, cols) + cols) * width
      const rank = await runJob(lanes, {
        kernel: kernelFor('least_squares', a.data),
        args: [rows, cols, b.cols, options.tolerance ?? -1, input(a.data), input(b.data), output(x.data)],
        work: 4 * rows * cols * Math.min(rows, cols) + 4 * rows * cols * b.cols,
        scratchBytes:
          elements * a.data.BYTES_PER_ELEMENT +
          panelScratch(rows + cols, width, a.data.BYTES_PER_ELEMENT) +
          64 * width * 8 * 8,
      })
      if (rank < 0) throw new DidNotConverge('leastSquares')
      return { x, rank }
    },
  }
}

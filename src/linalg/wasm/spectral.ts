import type { Blas, FloatArray, Matrix } from '#linalg/blas'
import { DidNotConverge } from '#linalg/blas'
import { requireMatrix, squareSize } from '../shapes.ts'
import { transposed, zeroMatrix, zerosLike } from '../tiles.ts'
import { input, kernelFor, output } from './job.ts'
import type { Lanes } from './lanes.ts'
import { runJob } from './lanes.ts'
import { panelScratch } from './orthogonal.ts'

export function createSpectral(lanes: Lanes): Pick<Blas, 'eigenSymmetric' | 'svd'> {
  /** Kernels take tall matrices; a wide one goes through its transpose. */
  async function tallSvd<A extends FloatArray>(a: Matrix<A>) {
    const { rows, cols } = a
    const u = zeroMatrix(a, rows, cols)
    const vt = zeroMatrix(a, cols, cols)
    const values = zerosLike(a.data, cols)
    const bytes = a.data.BYTES_PER_ELEMENT
    const status = await runJob(lanes, {
      kernel: kernelFor('svd', a.data),
      args: [rows, cols, input(a.data), output(values), output(u.data), output(vt.data)],
      work: 4 * rows * cols * cols + 14 * cols ** 3,
      scratchBytes: cols * cols * (4 * bytes + 8) + panelScratch(rows, 3 * cols, bytes) + 2000 * cols,
    })
    if (status < 0) throw new DidNotConverge('svd')
    return { u, values, vt }
  }

  return {
    async eigenSymmetric(a) {
      const n = squareSize(a)
      const values = zerosLike(a.data, n)
      const vectors = zeroMatrix(a, n, n)
      if (n === 0) return { values, vectors }
      const bytes = a.data.BYTES_PER_ELEMENT
      const status = await runJob(lanes, {
        kernel: kernelFor('eigen_symmetric', a.data),
        args: [n, input(a.data), output(values), output(vectors.data)],
        work: 9 * n ** 3,
        scratchBytes: n * n * (bytes + 8) + panelScratch(n, 3 * n, bytes) + 2000 * n,
      })
      if (status < 0) throw new DidNotConverge('eigenSymmetric')
      return { values, vectors }
    },

    async svd(a) {
      requireMatrix(a, 'a')
      const { rows, cols } = a
      if (rows === 0 || cols === 0) {
        const values = zerosLike(a.data, 0)
        return { u: zeroMatrix(a, rows, 0), values, vt: zeroMatrix(a, 0, cols) }
      }
      if (rows >= cols) return tallSvd(a)
      const { u, values, vt } = await tallSvd(await transposed(a))
      return { u: await transposed(vt), values, vt: await transposed(u) }
    },
  }
}

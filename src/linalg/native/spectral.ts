import type { Blas, FloatArray } from '#linalg/blas'
import { DidNotConverge } from '#linalg/blas'
import { requireMatrix, squareSize } from '../shapes.ts'
import { transposed, zeroMatrix, zerosLike } from '../tiles.ts'
import type { Calls } from './calls.ts'
import { copyData, allFinite, movingWork } from './calls.ts'

export function createSpectral(callsFor: (data: FloatArray) => Calls): Pick<Blas, 'eigenSymmetric' | 'svd'> {
  return {
    async eigenSymmetric(a) {
      const n = squareSize(a)
      const values = zerosLike(a.data, n)
      const rows = zeroMatrix(a, n, n)
      if (n === 0) return { values, vectors: rows }
      const calls = callsFor(a.data)
      await calls.lapack('lacpy', movingWork * n * n, 'U', n, n, a.data, n, rows.data, n)
      if (!(await allFinite(calls, rows.data))) throw new DidNotConverge('eigenSymmetric')
      const info = await calls.lapack('syevd', 30 * n ** 3, 'V', 'U', n, rows.data, n, values)
      if (info > 0) throw new DidNotConverge('eigenSymmetric')
      return { values, vectors: await transposed(rows) }
    },

    async svd(a) {
      requireMatrix(a, 'a')
      const { rows, cols } = a
      const size = Math.min(rows, cols)
      const u = zeroMatrix(a, rows, size)
      const vt = zeroMatrix(a, size, cols)
      const values = zerosLike(a.data, size)
      if (size === 0) return { u, values, vt }
      // LAPACK sees aᵀ = vtᵀ·diag(values)·uᵀ: its left vectors, read row-major, are vt, and its right ones u.
      const calls = callsFor(a.data)
      if (!(await allFinite(calls, a.data))) throw new DidNotConverge('svd')
      const work = 60 * rows * cols * size
      const outputs = [values, vt.data, cols, u.data, size] as const
      const divideAndConquer = await calls.lapack(
        'gesdd',
        work,
        'S',
        cols,
        rows,
        await copyData(calls, a),
        cols,
        ...outputs,
        new Int32Array(8 * size),
      )
      if (divideAndConquer === 0) return { u, values, vt }
      const iterative = await calls.lapack(
        'gesvd',
        work,
        'S',
        'S',
        cols,
        rows,
        await copyData(calls, a),
        cols,
        ...outputs,
      )
      if (iterative > 0) throw new DidNotConverge('svd')
      return { u, values, vt }
    },
  }
}

import type { Blas, FloatArray, Matrix } from '#linalg/blas'
import { DidNotConverge } from '#linalg/blas'
import { requireMatrix, requireRightSides } from '../shapes.ts'
import { transposed, zeroMatrix, zerosLike } from '../tiles.ts'
import type { Calls } from './calls.ts'
import { copyData, diagonal, isFinite, left, order, transposition, triangle } from './calls.ts'

export function createOrthogonal(callsFor: (data: FloatArray) => Calls): Pick<Blas, 'qr' | 'leastSquares'> {
  return {
    async qr(a) {
      requireMatrix(a, 'a')
      const { rows, cols } = a
      const rank = Math.min(rows, cols)
      const q = zeroMatrix(a, rows, rank)
      const r = zeroMatrix(a, rank, cols)
      if (rank === 0) return { q, r }
      // LAPACK sees aᵀ = L·Q, so that a = Qᵀ·Lᵀ: q and r are what it leaves, read row-major.
      const calls = callsFor(a.data)
      const factors = await copyData(calls, a)
      const tau = zerosLike(a.data, rank)
      const work = 4 * rows * cols * rank
      await calls.lapack('gelqf', work, cols, rows, factors, cols, tau)
      await calls.lapack('lacpy', 8 * r.data.length, 'L', cols, rank, factors, cols, r.data, cols)
      await calls.lapack('orglq', work, rank, rows, rank, factors, cols, tau)
      await calls.lapack('lacpy', 8 * q.data.length, 'A', rank, rows, factors, cols, q.data, rank)
      return { q, r }
    },

    async leastSquares(a, b, options = {}) {
      requireMatrix(a, 'a')
      requireRightSides(a, b)
      const { rows, cols } = a
      const { cols: sides } = b
      const size = Math.min(rows, cols)
      const x = zeroMatrix(a, cols, sides)
      if (size === 0) return { x, rank: 0 }
      const calls = callsFor(a.data)
      if (!(await isFinite(calls, a.data))) throw new DidNotConverge('least squares')

      // a·P = Q·R
      const factors = (await transposed(a)).data
      const columns = new Int32Array(cols)
      const tau = zerosLike(a.data, size)
      const work = 4 * rows * cols * size
      await calls.lapack('geqp3', 2 * work, rows, cols, factors, rows, columns, tau)
      const tolerance = options.tolerance ?? Math.max(rows, cols) * epsilonOf(a)
      const rank = rankOf(factors, rows, size, tolerance)
      if (rank === 0 || sides === 0) return { x, rank }

      const lead = Math.max(rows, cols)
      const y = await columnsOf(b, lead)
      const applyWork = 4 * rows * size * sides
      await calls.lapack('ormqr', applyWork, 'L', 'T', rows, sides, size, factors, rows, tau, y, lead)
      // R = (T 0)·Z where the rank is short of the columns
      const zeta = zerosLike(a.data, rank)
      if (rank < cols) await calls.lapack('tzrzf', work, rank, cols, factors, rows, zeta)
      await calls.cblas(
        'trsm',
        rank * rank * sides,
        order.colMajor,
        left,
        triangle.upper,
        transposition.none,
        diagonal.stored,
        rank,
        sides,
        1,
        factors,
        rows,
        y,
        lead,
      )
      for (let side = 0; side < sides; side++) y.fill(0, side * lead + rank, (side + 1) * lead)
      if (rank < cols) {
        const rest = cols - rank
        await calls.lapack(
          'ormrz',
          applyWork,
          'L',
          'T',
          cols,
          sides,
          rank,
          rest,
          factors,
          rows,
          zeta,
          y,
          lead,
        )
      }
      for (let i = 0; i < cols; i++) {
        const row = (columns[i] - 1) * sides
        for (let side = 0; side < sides; side++) x.data[row + side] = y[side * lead + i]
      }
      return { x, rank }
    },
  }
}

function epsilonOf(a: Matrix<FloatArray>): number {
  return a.data instanceof Float32Array ? 2 ** -23 : Number.EPSILON
}

/** Diagonal entries of R, column-major, above tolerance × the first, which pivoting made the largest. */
function rankOf(factors: FloatArray, lead: number, size: number, tolerance: number): number {
  const least = tolerance * Math.abs(factors[0])
  let rank = 0
  while (rank < size && Math.abs(factors[rank * lead + rank]) > least) rank++
  return rank
}

/** The matrix column-major with `lead` ≥ rows elements per column. */
async function columnsOf<A extends FloatArray>(b: Matrix<A>, lead: number): Promise<A> {
  const { data } = await transposed(b)
  if (lead === b.rows) return data
  const padded = zerosLike(b.data, lead * b.cols)
  for (let j = 0; j < b.cols; j++) {
    padded.set(data.subarray(j * b.rows, (j + 1) * b.rows), j * lead)
  }
  return padded
}

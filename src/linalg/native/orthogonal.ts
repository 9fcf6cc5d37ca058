import type { Blas, FloatArray, Matrix } from '#linalg/blas'
import { DidNotConverge } from '#linalg/blas'
import { requireMatrix, requireRightSides } from '../shapes.ts'
import { transposed, zeroMatrix, zerosLike } from '../tiles.ts'
import type { Calls } from './calls.ts'
import { copyData, diagonal, isFinite, left, movingWork, order, transposition, triangle } from './calls.ts'

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
      const work = 5 * rows * cols * rank
      await calls.lapack('gelqf', work, cols, rows, factors, cols, tau)
      await calls.lapack('lacpy', movingWork * r.data.length, 'L', cols, rank, factors, cols, r.data, cols)
      await calls.lapack('orglq', work, rank, rows, rank, factors, cols, tau)
      await calls.lapack('lacpy', movingWork * q.data.length, 'A', rank, rows, factors, cols, q.data, rank)
      return { q, r }
    },

    async leastSquares(a, b, options = {}) {
      requireMatrix(a, 'a')
      requireRightSides(a, b)
      const { rows, cols } = a
      const x = zeroMatrix(a, cols, b.cols)
      if (rows === 0 || cols === 0) return { x, rank: 0 }
      const calls = callsFor(a.data)
      if (!(await isFinite(calls, a.data))) throw new DidNotConverge('least squares')
      const tolerance = options.tolerance ?? Math.max(rows, cols) * epsilonOf(a)
      if (rows <= cols) return solveWide(calls, a, b, tolerance)
      const reduced = await reduce(calls, a, b)
      return solveWide(calls, reduced.a, reduced.b, tolerance)
    },
  }
}

/** The square problem R·x = Qᵀ·b of a tall a = Q·R: as good, and free of tall pivoting, which is slow. */
async function reduce<A extends FloatArray>(
  calls: Calls,
  a: Matrix<A>,
  b: Matrix<A>,
): Promise<{ a: Matrix<A>; b: Matrix<A> }> {
  const { rows, cols } = a
  const { cols: sides } = b
  // As in qr: aᵀ = L·Q for LAPACK.
  const factors = await copyData(calls, a)
  const tau = zerosLike(a.data, cols)
  const r = zeroMatrix(a, cols, cols)
  const top = zeroMatrix(b, cols, sides)
  await calls.lapack('gelqf', 5 * rows * cols * cols, cols, rows, factors, cols, tau)
  await calls.lapack('lacpy', movingWork * cols * cols, 'L', cols, cols, factors, cols, r.data, cols)
  if (sides === 0) return { a: r, b: top }
  const y = await copyData(calls, b)
  const work = 4 * rows * cols * sides
  await calls.lapack('ormlq', work, 'R', 'T', sides, rows, cols, factors, cols, tau, y, sides)
  top.data.set(y.subarray(0, cols * sides))
  return { a: r, b: top }
}

/** For rows ≤ cols, as LAPACK's gelsy does it, but with the rank read from the diagonal of R. */
async function solveWide<A extends FloatArray>(
  calls: Calls,
  a: Matrix<A>,
  b: Matrix<A>,
  tolerance: number,
): Promise<{ x: Matrix<A>; rank: number }> {
  const { rows, cols } = a
  const { cols: sides } = b
  // a·P = Q·R
  const factors = (await transposed(a)).data
  const columns = new Int32Array(cols)
  const tau = zerosLike(a.data, rows)
  await calls.lapack('geqp3', 10 * rows * rows * cols, rows, cols, factors, rows, columns, tau)
  const rank = rankOf(factors, rows, tolerance)
  if (rank === 0 || sides === 0) return { x: zeroMatrix(a, cols, sides), rank }

  // y = Qᵀ·b, column-major with room for cols rows
  const padded = zeroMatrix(b, cols, sides)
  padded.data.set(b.data)
  const y = (await transposed(padded)).data
  const work = 4 * rows * cols * sides
  await calls.lapack('ormqr', work, 'L', 'T', rows, sides, rows, factors, rows, tau, y, cols)
  // The leading rows of R are (T 0)·Z, so that y ← Zᵀ·(T⁻¹·y, 0) has minimum norm.
  const zeta = zerosLike(a.data, rank)
  if (rank < cols) await calls.lapack('tzrzf', 10 * rank * rank * cols, rank, cols, factors, rows, zeta)
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
    cols,
  )
  for (let side = 0; side < sides; side++) y.fill(0, side * cols + rank, (side + 1) * cols)
  if (rank < cols) {
    const rest = cols - rank
    await calls.lapack('ormrz', work, 'L', 'T', cols, sides, rank, rest, factors, rows, zeta, y, cols)
  }
  // x = P·y: row i of y is row columns[i] (from 1) of x.
  const x = await transposed({ rows: sides, cols, data: y })
  await calls.lapack('lapmt', movingWork * x.data.length, 0, sides, cols, x.data, sides, columns)
  return { x, rank }
}

function epsilonOf(a: Matrix<FloatArray>): number {
  return a.data instanceof Float32Array ? 2 ** -23 : Number.EPSILON
}

/** Diagonal entries of R, column-major, above tolerance × the first, which pivoting made the largest. */
function rankOf(factors: FloatArray, rows: number, tolerance: number): number {
  const least = tolerance * Math.abs(factors[0])
  let rank = 0
  while (rank < rows && Math.abs(factors[rank * rows + rank]) > least) rank++
  return rank
}

import type { FloatArray, Matrix } from '#linalg/blas'
import { DidNotConverge } from '#linalg/blas'
import { requireMatrix, requireRightSides } from '../shapes.ts'
import { transposed, zeroMatrix, zerosLike } from '../tiles.ts'
import type { Calls } from './calls.ts'
import { diagonal, allFinite, left, movingWork, order, transposition, triangle } from './calls.ts'
import { triangularise } from './qr.ts'

/** A problem with rows ≤ cols as LAPACK likes it; a is rows × cols and y cols × sides, both column-major. */
interface Problem<A extends FloatArray> {
  readonly rows: number
  readonly cols: number
  readonly sides: number
  readonly a: A
  /** Right-hand sides in the first rows; room for the solution. */
  readonly y: A
}

/** As LAPACK's gelsy, but with the rank read from the diagonal of R. See Blas.leastSquares. */
export async function leastSquares<A extends FloatArray>(
  calls: Calls,
  a: Matrix<A>,
  b: Matrix<A>,
  { tolerance }: { tolerance?: number } = {},
): Promise<{ x: Matrix<A>; rank: number }> {
  requireMatrix(a, 'a')
  requireRightSides(a, b)
  const { rows, cols } = a
  if (rows === 0 || cols === 0) return { x: zeroMatrix(a, cols, b.cols), rank: 0 }
  if (!(await allFinite(calls, a.data))) throw new DidNotConverge('least squares')
  const problem = rows > cols ? await reduced(calls, a, b) : await padded(a, b)
  const epsilon = a.data instanceof Float32Array ? 2 ** -23 : Number.EPSILON
  return solve(calls, problem, tolerance ?? Math.max(rows, cols) * epsilon)
}

async function padded<A extends FloatArray>(a: Matrix<A>, b: Matrix<A>): Promise<Problem<A>> {
  const { rows, cols } = a
  const wide = zeroMatrix(b, cols, b.cols)
  wide.data.set(b.data)
  return { rows, cols, sides: b.cols, a: (await transposed(a)).data, y: (await transposed(wide)).data }
}

/** The square problem R·x = Qᵀ·b of a tall a = Q·R: as good, and free of pivoting on long columns, which is slow. */
async function reduced<A extends FloatArray>(calls: Calls, a: Matrix<A>, b: Matrix<A>): Promise<Problem<A>> {
  const { rows, cols } = a
  const { cols: sides } = b
  const columns = await transposed(a)
  const tau = zerosLike(a.data, cols)
  const r = await triangularise(calls, columns, tau)
  const y = zerosLike(b.data, cols * sides)
  if (sides > 0) {
    const all = (await transposed(b)).data
    const work = 4 * rows * cols * sides
    await calls.lapack('ormqr', work, 'L', 'T', rows, sides, cols, columns.data, rows, tau, all, rows)
    await calls.lapack('lacpy', movingWork * y.length, 'A', cols, sides, all, rows, y, cols)
  }
  return { rows: cols, cols, sides, a: r.data, y }
}

async function solve<A extends FloatArray>(
  calls: Calls,
  { rows, cols, sides, a, y }: Problem<A>,
  tolerance: number,
): Promise<{ x: Matrix<A>; rank: number }> {
  // a·P = Q·R
  const columns = new Int32Array(cols)
  const tau = zerosLike(a, rows)
  await calls.lapack('geqp3', 10 * rows * rows * cols, rows, cols, a, rows, columns, tau)
  const rank = rankOf(a, rows, tolerance)
  if (rank === 0 || sides === 0)
    return { x: { rows: cols, cols: sides, data: zerosLike(a, cols * sides) }, rank }

  // y ← Qᵀ·b
  const work = 4 * rows * cols * sides
  await calls.lapack('ormqr', work, 'L', 'T', rows, sides, rows, a, rows, tau, y, cols)
  // The leading rows of R are (T 0)·Z, so that y ← Zᵀ·(T⁻¹·y, 0) has minimum norm.
  const zeta = zerosLike(a, rank)
  if (rank < cols) await calls.lapack('tzrzf', 10 * rank * rank * cols, rank, cols, a, rows, zeta)
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
    a,
    rows,
    y,
    cols,
  )
  for (let side = 0; side < sides; side++) y.fill(0, side * cols + rank, (side + 1) * cols)
  if (rank < cols) {
    await calls.lapack('ormrz', work, 'L', 'T', cols, sides, rank, cols - rank, a, rows, zeta, y, cols)
  }
  // x = P·y: row i of y is row columns[i] (from 1) of x.
  const x = await transposed({ rows: sides, cols, data: y })
  await calls.lapack('lapmt', movingWork * x.data.length, 0, sides, cols, x.data, sides, columns)
  return { x, rank }
}

/** Diagonal entries of R, column-major, above tolerance × the first, which pivoting made the largest. */
function rankOf(r: FloatArray, rows: number, tolerance: number): number {
  const least = tolerance * Math.abs(r[0])
  let rank = 0
  while (rank < rows && Math.abs(r[rank * rows + rank]) > least) rank++
  return rank
}

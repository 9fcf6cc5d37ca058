import type { FloatArray, Matrix } from '#linalg/blas'
import { requireMatrix } from '../shapes.ts'
import { transposed, zeroMatrix, zerosLike } from '../tiles.ts'
import type { Calls } from './calls.ts'
import { copyData, movingWork } from './calls.ts'

/** See Blas.qr. */
export async function qr<A extends FloatArray>(
  calls: Calls,
  a: Matrix<A>,
): Promise<{ q: Matrix<A>; r: Matrix<A> }> {
  requireMatrix(a, 'a')
  const { rows, cols } = a
  if (rows === 0 || cols === 0) return { q: zeroMatrix(a, rows, 0), r: zeroMatrix(a, 0, cols) }
  return rows > cols ? tallQr(calls, a) : wideQr(calls, a)
}

/** LAPACK sees aᵀ = L·Q, so that a = Qᵀ·Lᵀ: q and r are what it leaves, read row-major. */
async function wideQr<A extends FloatArray>(
  calls: Calls,
  a: Matrix<A>,
): Promise<{ q: Matrix<A>; r: Matrix<A> }> {
  const { rows, cols } = a
  const q = zeroMatrix(a, rows, rows)
  const r = zeroMatrix(a, rows, cols)
  const factors = await copyData(calls, a)
  const tau = zerosLike(a.data, rows)
  const work = 5 * rows * rows * cols
  await calls.lapack('gelqf', work, cols, rows, factors, cols, tau)
  await calls.lapack('lacpy', movingWork * r.data.length, 'L', cols, rows, factors, cols, r.data, cols)
  await calls.lapack('orglq', work, rows, rows, rows, factors, cols, tau)
  await calls.lapack('lacpy', movingWork * q.data.length, 'A', rows, rows, factors, cols, q.data, rows)
  return { q, r }
}

/** Transposed for LAPACK and back: the row-wise factorisation walks a tall matrix at less than half the speed. */
async function tallQr<A extends FloatArray>(
  calls: Calls,
  a: Matrix<A>,
): Promise<{ q: Matrix<A>; r: Matrix<A> }> {
  const { rows, cols } = a
  const columns = await transposed(a)
  const tau = zerosLike(a.data, cols)
  const r = await triangularise(calls, columns, tau)
  await calls.lapack('orgqr', 5 * rows * cols * cols, rows, cols, cols, columns.data, rows, tau)
  return { q: await transposed(columns), r: await transposed(r) }
}

/**
 * Householder QR of a tall matrix whose columns are given as rows, in place, with the scalars in tau.
 * The result is R, its columns as rows.
 */
export async function triangularise<A extends FloatArray>(
  calls: Calls,
  { rows: cols, cols: rows, data }: Matrix<A>,
  tau: A,
): Promise<Matrix<A>> {
  const r = { rows: cols, cols, data: zerosLike(data, cols * cols) }
  await calls.lapack('geqrf', 5 * rows * cols * cols, rows, cols, data, rows, tau)
  await calls.lapack('lacpy', movingWork * cols * cols, 'U', cols, cols, data, rows, r.data, cols)
  return r
}

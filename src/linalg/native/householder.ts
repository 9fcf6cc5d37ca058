import type { FloatArray, Householder, Matrix } from '#linalg/blas'
import { requireMatrix, requireRightSides } from '../shapes.ts'
import { transposed, zeroMatrix, zerosLike } from '../tiles.ts'
import type { Calls } from './calls.ts'
import { copyData, movingWork } from './calls.ts'
import { triangularise } from './qr.ts'

/** How LAPACK holds the reflectors of q, in the order in which it sees what is row-major here: transposed. */
interface Reflectors<A extends FloatArray> {
  /** `ormlq`: those of aᵀ = L·Qᵀ. `ormqr`: those of a, copied to columns. */
  readonly routine: 'ormlq' | 'ormqr'
  readonly factors: A
  readonly stride: number
  readonly tau: A
}

/** See Blas.householder. */
export async function householder<A extends FloatArray>(calls: Calls, a: Matrix<A>): Promise<Householder<A>> {
  requireMatrix(a, 'a')
  const { rows, cols } = a
  const rank = Math.min(rows, cols)
  if (rank === 0) return empty(a)
  const { r, reflectors } = await (rows > cols ? factorTall(calls, a) : factorWide(calls, a))
  const { routine, factors, stride, tau } = reflectors
  /** Of q or qᵀ and rows × sides, in place: from the right, because LAPACK sees the transpose. */
  const apply = async (data: A, sides: number, transposeQ: boolean) => {
    const transposeReflectors = routine === 'ormlq' ? transposeQ : !transposeQ
    const work = 4 * rows * rank * sides
    const which = transposeReflectors ? 'T' : 'N'
    await calls.lapack(routine, work, 'R', which, sides, rows, rank, factors, stride, tau, data, sides)
  }
  return {
    r,
    async project(b) {
      requireRightSides(a, b)
      if (b.cols === 0) return zeroMatrix(b, rank, 0)
      const data = await copyData(calls, b)
      await apply(data, b.cols, true)
      return firstRows({ rows, cols: b.cols, data }, rank)
    },
    async expand(b) {
      requireRightSides(r, b)
      const result = zeroMatrix(b, rows, b.cols)
      result.data.set(b.data)
      if (b.cols > 0) await apply(result.data, b.cols, false)
      return result
    },
  }
}

/** LAPACK sees aᵀ = L·Q, so that a = Qᵀ·Lᵀ. */
async function factorWide<A extends FloatArray>(calls: Calls, a: Matrix<A>) {
  const { rows, cols } = a
  const factors = await copyData(calls, a)
  const tau = zerosLike(a.data, rows)
  const r = zeroMatrix(a, rows, cols)
  await calls.lapack('gelqf', 5 * rows * rows * cols, cols, rows, factors, cols, tau)
  await calls.lapack('lacpy', movingWork * r.data.length, 'L', cols, rows, factors, cols, r.data, cols)
  const reflectors: Reflectors<A> = { routine: 'ormlq', factors, stride: cols, tau }
  return { r, reflectors }
}

async function factorTall<A extends FloatArray>(calls: Calls, a: Matrix<A>) {
  const columns = await transposed(a)
  const tau = zerosLike(a.data, a.cols)
  const r = await transposed(await triangularise(calls, columns, tau))
  const reflectors: Reflectors<A> = { routine: 'ormqr', factors: columns.data, stride: a.rows, tau }
  return { r, reflectors }
}

function firstRows<A extends FloatArray>(a: Matrix<A>, rows: number): Matrix<A> {
  if (rows === a.rows) return a
  const first = zeroMatrix(a, rows, a.cols)
  first.data.set(a.data.subarray(0, rows * a.cols))
  return first
}

function empty<A extends FloatArray>(a: Matrix<A>): Householder<A> {
  return {
    r: zeroMatrix(a, 0, a.cols),
    project: async (b) => zeroMatrix(b, 0, b.cols),
    expand: async (b) => zeroMatrix(b, a.rows, b.cols),
  }
}

import type { Blas, FloatArray, Matrix, TriangularOptions } from '#linalg/blas'
import { NotPositiveDefinite, Singular } from '#linalg/blas'
import { requireRightSides, squareSize } from '../shapes.ts'
import { zeroMatrix } from '../tiles.ts'
import type { Calls } from './calls.ts'
import { copyData, diagonal, left, movingWork, order, transposition, triangle } from './calls.ts'

type Systems = Pick<Blas, 'cholesky' | 'solveTriangular' | 'solvePositive' | 'solve'>

export function createSystems(callsFor: (data: FloatArray) => Calls): Systems {
  async function cholesky<A extends FloatArray>(a: Matrix<A>): Promise<Matrix<A>> {
    const n = squareSize(a)
    const factor = zeroMatrix(a, n, n)
    if (n === 0) return factor
    const calls = callsFor(a.data)
    await calls.lapack('lacpy', movingWork * n * n, 'U', n, n, a.data, n, factor.data, n)
    const info = await calls.lapack('potrf', n ** 3, 'U', n, factor.data, n)
    if (info > 0) throw new NotPositiveDefinite(info - 1)
    // LAPACK lets NaN pass: it is not ≤ 0.
    for (let i = 0; i < n; i++) {
      if (!Number.isFinite(factor.data[i * n + i])) throw new NotPositiveDefinite(i)
    }
    return factor
  }

  /** b ← op(t)⁻¹·b */
  async function substitute<A extends FloatArray>(
    t: Matrix<A>,
    b: Matrix<A>,
    { lower = true, transpose = false, unit = false }: TriangularOptions,
  ): Promise<void> {
    await callsFor(t.data).cblas(
      'trsm',
      t.rows * t.rows * b.cols,
      order.rowMajor,
      left,
      lower ? triangle.lower : triangle.upper,
      transpose ? transposition.transpose : transposition.none,
      unit ? diagonal.unit : diagonal.stored,
      b.rows,
      b.cols,
      1,
      t.data,
      t.cols,
      b.data,
      b.cols,
    )
  }

  async function copied<A extends FloatArray>(b: Matrix<A>): Promise<Matrix<A>> {
    return { rows: b.rows, cols: b.cols, data: await copyData(callsFor(b.data), b) }
  }

  return {
    cholesky,

    async solveTriangular(t, b, options = {}) {
      squareSize(t)
      requireRightSides(t, b)
      if (b.data.length === 0) return zeroMatrix(b, b.rows, b.cols)
      const x = await copied(b)
      await substitute(t, x, options)
      return x
    },

    async solvePositive(a, b) {
      squareSize(a)
      requireRightSides(a, b)
      const factor = await cholesky(a)
      if (b.data.length === 0) return zeroMatrix(b, b.rows, b.cols)
      const x = await copied(b)
      await substitute(factor, x, {})
      await substitute(factor, x, { transpose: true })
      return x
    },

    async solve(a, b) {
      const n = squareSize(a)
      requireRightSides(a, b)
      if (n === 0) return zeroMatrix(b, b.rows, b.cols)
      // LAPACK sees aᵀ = P·L·U, so that a = Uᵀ·Lᵀ·Pᵀ and, row-major, Uᵀ is the lower triangle.
      const calls = callsFor(a.data)
      const factors = await copied(a)
      const pivots = new Int32Array(n)
      const info = await calls.lapack('getrf', 2 * n ** 3, n, n, factors.data, n, pivots)
      if (info > 0) throw new Singular(info - 1)
      if (b.data.length === 0) return zeroMatrix(b, b.rows, b.cols)
      const x = await copied(b)
      await substitute(factors, x, { lower: true })
      await substitute(factors, x, { lower: false, unit: true })
      const rows = rowOrder(pivots)
      await calls.lapack('lapmt', movingWork * x.data.length, 1, x.cols, n, x.data, x.cols, rows)
      return x
    },
  }
}

/** P as a list: row i of P·x is row `list[i]` (from 1) of x, for P the product of the row interchanges of getrf. */
function rowOrder(pivots: Int32Array): Int32Array {
  const list = Int32Array.from(pivots, (_, i) => i + 1)
  for (let i = list.length - 1; i >= 0; i--) {
    const other = pivots[i] - 1
    const held = list[i]
    list[i] = list[other]
    list[other] = held
  }
  return list
}

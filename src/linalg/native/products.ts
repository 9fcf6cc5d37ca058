import type { Blas, FloatArray } from '#linalg/blas'
import { gemmShape, syrkShape } from '../shapes.ts'
import { mirrorLower, zeroMatrix } from '../tiles.ts'
import type { Calls } from './calls.ts'
import { order, transposition, triangle } from './calls.ts'

export function createProducts(callsFor: (data: FloatArray) => Calls): Pick<Blas, 'gemm' | 'syrk'> {
  return {
    async gemm(a, b, options = {}) {
      const { rows, cols, inner } = gemmShape(a, b, options)
      const { transposeA = false, transposeB = false, alpha = 1, beta = 0 } = options
      const c = options.c ?? zeroMatrix(a, rows, cols)
      if (c.data.length === 0) return c
      await callsFor(c.data).cblas(
        'gemm',
        2 * rows * cols * inner + rows * cols,
        order.rowMajor,
        transposeA ? transposition.transpose : transposition.none,
        transposeB ? transposition.transpose : transposition.none,
        rows,
        cols,
        inner,
        alpha,
        a.data,
        Math.max(1, a.cols),
        b.data,
        Math.max(1, b.cols),
        beta,
        c.data,
        cols,
      )
      return c
    },

    async syrk(a, options = {}) {
      const { size, inner } = syrkShape(a, options)
      const { transpose = false, lowerOnly = false, alpha = 1, beta = 0 } = options
      const c = options.c ?? zeroMatrix(a, size, size)
      if (c.data.length === 0) return c
      await callsFor(c.data).cblas(
        'syrk',
        size * size * (inner + 1),
        order.rowMajor,
        triangle.lower,
        transpose ? transposition.transpose : transposition.none,
        size,
        inner,
        alpha,
        a.data,
        Math.max(1, a.cols),
        beta,
        c.data,
        size,
      )
      if (!lowerOnly) await mirrorLower(c)
      return c
    },
  }
}

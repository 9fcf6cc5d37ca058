import type { Blas } from '#linalg/blas'
import { gemmShape, syrkShape } from '../shapes.ts'
import { zeroMatrix } from '../tiles.ts'
import { inPlace, input, kernelFor, output } from './job.ts'
import type { Lanes } from './lanes.ts'
import { runJob } from './lanes.ts'

export function createProducts(lanes: Lanes): Pick<Blas, 'gemm' | 'syrk'> {
  return {
    async gemm(a, b, options = {}) {
      const { rows, cols, inner } = gemmShape(a, b, options)
      const { transposeA = false, transposeB = false, alpha = 1, beta = 0 } = options
      const c = options.c ?? zeroMatrix(a, rows, cols)
      if (c.data.length === 0) return c
      await runJob(lanes, {
        kernel: kernelFor('gemm', c.data),
        args: [
          rows,
          cols,
          inner,
          Number(transposeA),
          Number(transposeB),
          alpha,
          input(a.data),
          input(b.data),
          beta,
          beta === 0 ? output(c.data) : inPlace(c.data, c.data),
        ],
        work: 2 * rows * cols * inner + rows * cols,
        scratchBytes: 0,
      })
      return c
    },

    async syrk(a, options = {}) {
      const { size, inner } = syrkShape(a, options)
      const { transpose = false, alpha = 1, beta = 0 } = options
      const c = options.c ?? zeroMatrix(a, size, size)
      if (c.data.length === 0) return c
      await runJob(lanes, {
        kernel: kernelFor('syrk', c.data),
        args: [
          size,
          inner,
          Number(transpose),
          1,
          alpha,
          input(a.data),
          beta,
          beta === 0 ? output(c.data) : inPlace(c.data, c.data),
        ],
        work: size * size * (inner + 1),
        scratchBytes: 0,
      })
      return c
    },
  }
}

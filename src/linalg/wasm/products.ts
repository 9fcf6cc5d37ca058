import type { Blas } from '#linalg/blas'
import { gemmShape, syrkShape } from '../shapes.ts'
import { zeroMatrix } from '../tiles.ts'
import { inPlace, input, kernelFor, output } from './job.ts'
import type { Lanes } from './lanes.ts'
import { runJob } from './lanes.ts'
import { streamedBytes, streamProduct } from './streaming.ts'

export function createProducts(lanes: Lanes): Pick<Blas, 'gemm' | 'syrk'> {
  return {
    async gemm(a, b, options = {}) {
      const shape = gemmShape(a, b, options)
      const { rows, cols, inner } = shape
      const { transposeA = false, transposeB = false, alpha = 1, beta = 0 } = options
      const c = options.c ?? zeroMatrix(a, rows, cols)
      if (c.data.length === 0) return c
      const kernel = kernelFor('gemm', c.data)
      const flags = [Number(transposeA), Number(transposeB)]
      if (a.data.byteLength + b.data.byteLength + c.data.byteLength > streamedBytes) {
        await streamProduct(lanes.team, {
          shape,
          a,
          transposeA,
          b,
          transposeB,
          c,
          beta,
          kernel,
          arguments: (step) => {
            const { block } = step
            return [block.rows, block.cols, block.inner, ...flags, alpha, step.a, step.b, step.beta, step.c]
          },
        })
        return c
      }
      const result = beta === 0 ? output(c.data) : inPlace(c.data, c.data)
      await runJob(lanes, {
        kernel,
        args: [rows, cols, inner, ...flags, alpha, input(a.data), input(b.data), beta, result],
        work: 2 * rows * cols * inner + rows * cols,
        scratchBytes: 0,
      })
      return c
    },

    async syrk(a, options = {}) {
      const { size, inner } = syrkShape(a, options)
      const { transpose = false, lowerOnly = false, alpha = 1, beta = 0 } = options
      const c = options.c ?? zeroMatrix(a, size, size)
      if (c.data.length === 0) return c
      const kernel = kernelFor('syrk', c.data)
      if (a.data.byteLength + c.data.byteLength > streamedBytes) {
        await streamProduct(lanes.team, {
          shape: { rows: size, cols: size, inner },
          a,
          transposeA: transpose,
          transposeB: false,
          c,
          beta,
          kernel,
          arguments: (step) => {
            const { block, last } = step
            return [
              size,
              block.inner,
              Number(transpose),
              Number(last && !lowerOnly),
              alpha,
              step.a,
              step.beta,
              step.c,
            ]
          },
        })
        return c
      }
      const result = beta === 0 ? output(c.data) : inPlace(c.data, c.data)
      await runJob(lanes, {
        kernel,
        args: [size, inner, Number(transpose), Number(!lowerOnly), alpha, input(a.data), beta, result],
        work: size * size * (inner + 1),
        scratchBytes: 0,
      })
      return c
    },
  }
}

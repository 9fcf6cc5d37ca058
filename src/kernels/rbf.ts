import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import { copyOf, matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { gaussianTiles } from './gaussian-tiles.ts'
import type { Kernel, KernelKind } from './kernel.ts'
import { changedProducts, mirror, plusTransposed, squaredNorms, tileRowsFor } from './product-blocks.ts'

const parameters = z.strictObject({
  sigma: z.number().positive().describe('Length scale σ of exp(−‖x − z‖² / (2σ²)).'),
})

export const rbf: KernelKind = {
  id: 'rbf',
  title: 'Gaussian kernel',
  source: 'exp(−‖x − z‖² / (2σ²)); σ by default the median distance (Gretton et al. 2012)',
  parameters,
  create: (given) => gaussian(parameters.parse(given).sigma),
}

/**
 * exp(−‖x − z‖² / (2σ²))
 * @param sigma σ > 0; `medianDistance` gives the usual choice
 */
function gaussian(sigma: number): Kernel {
  const scale = 1 / (2 * sigma * sigma)

  const gram = async (x: Matrix, points: Matrix, blas: Blas): Promise<Matrix> => {
    const tiles = await gaussianTiles()
    const rows = tileRowsFor(points.rows)
    return changedProducts(x, points, blas, () => {
      const rowNorms = squaredNorms(x)
      const columnNorms = squaredNorms(points)
      return ({ data, cols }, first, last) => {
        for (let from = first; from < last; from += rows) {
          const to = Math.min(from + rows, last)
          const values = data.subarray(from * cols, to * cols)
          tiles.gaussian(values, scale, rowNorms.subarray(from, to), columnNorms)
        }
      }
    })
  }
  // Σ_i C_ij K_ij (x_i − z_j) / σ²
  const pullBack = async (
    x: Matrix,
    points: Matrix,
    values: Matrix,
    cotangent: Matrix,
    blas: Blas,
  ): Promise<Matrix> => {
    const weights = matrix(values.rows, values.cols)
    const sums = new Float64Array(points.rows)
    for (let at = 0, j = 0; at < weights.data.length; at++) {
      weights.data[at] = values.data[at] * cotangent.data[at]
      sums[j] += weights.data[at]
      j = j + 1 === points.rows ? 0 : j + 1
    }
    const gradient = copyOf(points)
    const alpha = 2 * scale
    for (let j = 0; j < points.rows; j++) {
      for (let at = j * points.cols; at < (j + 1) * points.cols; at++) gradient.data[at] *= -alpha * sums[j]
    }
    return blas.gemm(weights, x, { transposeA: true, alpha, beta: 1, c: gradient })
  }
  return {
    id: 'rbf',
    parameters: { sigma },
    gram,
    async symmetricGram(x, blas) {
      const result = await gram(x, x, blas)
      mirror(result)
      for (let i = 0; i < x.rows; i++) result.data[i * x.rows + i] = 1
      return result
    },
    diagonal: async (x) => new Float64Array(x.rows).fill(1),
    async linearise(x, points, blas) {
      const values = await gram(x, points, blas)
      return { gram: values, pullBack: (cotangent) => pullBack(x, points, values, cotangent, blas) }
    },
    async symmetricPullBack(x, cotangent, blas) {
      return pullBack(x, x, await gram(x, x, blas), withoutDiagonal(plusTransposed(cotangent)), blas)
    },
  }
}

/** K(x, x) = 1 does not move with x. */
function withoutDiagonal(a: Matrix): Matrix {
  const result = matrix(a.rows, a.cols, a.data)
  for (let i = 0; i < a.rows; i++) result.data[i * a.cols + i] = 0
  return result
}

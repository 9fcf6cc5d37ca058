import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { overExamples } from '#models/two-layer/examples'
import type { FirstPoints } from '#models/two-layer/gate'
import { rowNorms } from '#models/two-layer/gate'
import { centredTargets } from '#models/two-layer/linear-part'
import type { OnData } from '#models/two-layer/reference-models'

/** A direction of descent for the points, M1 × d, and what the matching loss is there. */
export interface Direction {
  readonly direction: Matrix
  readonly loss: number
}

/** Which way distilled points should move so that their gradients match those of the data. */
export type Matching = (first: FirstPoints, data: OnData) => Promise<Direction>

/**
 * Inner-product matching averaged over all initialisations, in closed form:
 * D_m = ỹ_m (1/n) Σ y k(x̃_m, x) x with k(z, x) = arcsin(cos(z, x))/2π, and 1/4 more for points that are not tied.
 * To first order D_m = Ĥ x̃_m/(2π|x̃_m|√d): one step of power iteration on the Hessian Ĥ = (1/n) Σ y x xᵀ.
 * Two thin products per pass: 4 n d M1 operations.
 */
export const exactDirection: Matching = async (first, { passes, linear, blas, watch = {} }) => {
  const { points, labels, tied } = first
  const units = unitRows(points)
  const sum = matrix(points.rows, points.cols)
  const count = await overExamples(passes, watch, async (block) => {
    const targets = await centredTargets(block, linear, blas)
    const kernel = await arcsineKernel(block.inputs, units, tied, blas)
    scaleRows(kernel, targets)
    await blas.gemm(kernel, block.inputs, { transposeA: true, c: sum, beta: 1 })
  })
  for (let m = 0, at = 0; m < sum.rows; m++) {
    for (let j = 0; j < sum.cols; j++) sum.data[at++] *= labels[m] / count
  }
  return { direction: sum, loss: -meanInnerProduct(points, sum) }
}

/** k(x̃_m, x_i), rows × M1. */
async function arcsineKernel(inputs: Matrix, units: Matrix, tied: boolean, blas: Blas): Promise<Matrix> {
  const kernel = await blas.gemm(inputs, units, { transposeB: true })
  const { data, cols } = kernel
  const norms = rowNorms(inputs)
  const shift = tied ? 0 : 0.25
  for (let i = 0, at = 0; i < kernel.rows; i++) {
    const inverse = norms[i] > 0 ? 1 / norms[i] : 0
    for (const end = at + cols; at < end; at++) {
      const cosine = Math.min(1, Math.max(-1, data[at] * inverse))
      data[at] = Math.asin(cosine) / (2 * Math.PI) + shift
    }
  }
  return kernel
}

/** Rows of length one; a zero row stays zero. */
function unitRows(a: Matrix): Matrix {
  const norms = rowNorms(a)
  const inverse = norms.map((norm) => (norm > 0 ? 1 / norm : 0))
  return matrix(
    a.rows,
    a.cols,
    a.data.map((value, at) => value * inverse[Math.floor(at / a.cols)]),
  )
}

/** Row i times factors[i], in place. */
export function scaleRows({ rows, cols, data }: Matrix, factors: Float64Array): void {
  for (let i = 0, at = 0; i < rows; i++) {
    const factor = factors[i]
    for (const end = at + cols; at < end; at++) data[at] *= factor
  }
}

/** (1/M1) Σ x̃_m · D_m */
export function meanInnerProduct(points: Matrix, direction: Matrix): number {
  let sum = 0
  for (let at = 0; at < points.data.length; at++) sum += points.data[at] * direction.data[at]
  return sum / points.rows
}

import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { hiddenActivations } from './activation.ts'
import type { FirstPoints } from './gate.ts'
import { gates, meanRowNorm, scaled } from './gate.ts'

/** The mean length of a trained first-layer row (0.7 to 1 serve alike); it sets the step size. */
export const rowLength = 0.8

/** A trained first layer with L neurons. */
export interface FirstLayer {
  /** P × d where `mirrored`: the layer is [rows; −rows], L = 2P. Else L × d. */
  readonly rows: Matrix
  readonly mirrored: boolean
  /** Length L. */
  readonly biases: Float64Array
  /** rows = coefficients · points, P × M1 and M1 × d, where the two thin products are cheaper than the wide one. */
  readonly factors?: { readonly coefficients: Matrix; readonly points: Matrix }
}

/** Rows of the mean length ρ = 0.8, mirrored. */
export function mirroredLayer(directions: Matrix, biases: Float64Array): FirstLayer {
  return { rows: scaled(directions, rowLength / meanRowNorm(directions)), mirrored: true, biases }
}

/** One step of size η (and weight decay 1/η) of the neurons on distilled points: rows ±η v(w). */
export async function layerFromPoints(
  neurons: Matrix,
  first: FirstPoints,
  step: number,
  biases: Float64Array,
  blas: Blas,
): Promise<FirstLayer> {
  const { points } = first
  const coefficients = scaled(await gates(neurons, first, blas), step / points.rows)
  const rows = await blas.gemm(coefficients, points)
  const thin = points.rows * (points.cols + neurons.rows) < points.cols * neurons.rows
  return { rows, mirrored: true, biases, ...(thin && { factors: { coefficients, points } }) }
}

/** W x without biases, of the stored rows: n × P where mirrored. */
export async function projections(layer: FirstLayer, inputs: Matrix, blas: Blas): Promise<Matrix> {
  const { factors, rows } = layer
  if (!factors) return blas.gemm(inputs, rows, { transposeB: true })
  const onPoints = await blas.gemm(inputs, factors.points, { transposeB: true })
  return blas.gemm(onPoints, factors.coefficients, { transposeB: true })
}

/** σ(W x + b): n × L. Callers bound n. */
export async function features(layer: FirstLayer, inputs: Matrix, blas: Blas): Promise<Matrix> {
  const { value } = hiddenActivations.relu
  const { biases, mirrored } = layer
  const { rows: n, cols: p, data } = await projections(layer, inputs, blas)
  const width = biases.length
  const result = mirrored ? matrix(n, width) : matrix(n, width, data)
  const out = result.data
  for (let i = 0; i < n; i++) {
    const from = i * p
    const to = i * width
    for (let l = 0; l < p; l++) {
      const z = data[from + l]
      out[to + l] = value(z + biases[l])
      if (mirrored) out[to + p + l] = value(biases[p + l] - z)
    }
  }
  return result
}

import type { Matrix } from '#core/matrix'
import { copyOf, matrix, transpose } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { Passes, PassWatch } from './examples.ts'
import { overExamples } from './examples.ts'
import type { FirstLayer } from './first-layer.ts'
import { activated, projections } from './first-layer.ts'
import type { LinearPart } from './linear-part.ts'
import { centredTargets, column } from './linear-part.ts'
import { createRoom } from './room.ts'

/** Means over the examples of what a second layer is fitted from. */
export interface FeatureMoments {
  /** (1/n) Φᵀ Φ, L × L. */
  readonly gram: Matrix
  /** (1/n) Φᵀ y with y the targets less their linear part, length L. */
  readonly cross: Float64Array
}

/** Moments of several first layers from one pass; memory is that of the moments and of one block of features. */
export async function featureMoments(
  layers: readonly FirstLayer[],
  passes: Passes,
  linear: LinearPart,
  blas: Blas,
  watch: PassWatch = {},
): Promise<FeatureMoments[]> {
  const grams = layers.map(({ biases }) => matrix(biases.length, biases.length))
  const crosses = layers.map(({ biases }) => matrix(biases.length, 1))
  const room = createRoom()
  let slot = 0
  let multiply = (): Promise<unknown> => Promise.resolve()
  const count = await overExamples(passes, watch, async (block) => {
    const targets = column(await centredTargets(block, linear, blas))
    for (const [j, layer] of layers.entries()) {
      const z = await projections(layer, block.inputs, blas, room)
      // The last features are multiplied elsewhere while the next are made here, in the other slot.
      const products = multiply()
      slot = 1 - slot
      const phi = activated(layer, z, room.take(`features ${slot}`, z.rows, layer.biases.length))
      await products
      multiply = () =>
        Promise.all([
          blas.syrk(phi, { transpose: true, c: grams[j], beta: 1 }),
          blas.gemm(phi, targets, { transposeA: true, c: crosses[j], beta: 1 }),
        ])
    }
  })
  await multiply()
  return layers.map((_, j) => ({
    gram: matrix(
      grams[j].rows,
      grams[j].cols,
      grams[j].data.map((sum) => sum / count),
    ),
    cross: crosses[j].data.map((sum) => sum / count),
  }))
}

/** a = (C + λI)⁻¹ c: where gradient descent with weight decay λ on the second layer ends. */
export async function solveSecondLayer(
  { gram, cross }: FeatureMoments,
  ridge: number,
  blas: Blas,
): Promise<Float64Array> {
  return (await blas.solvePositive(plusDiagonal(gram, ridge), column(cross))).data
}

/**
 * The map from labels to second-layer weights on fixed points, transposed: a = Aᵀᵀ y with
 * A = (FᵀF/m + λI)⁻¹ Fᵀ/m = Fᵀ (F Fᵀ + mλI)⁻¹, whichever inverse is smaller.
 * @param phi F, m × L
 * @returns Aᵀ, m × L
 */
export async function labelResponse(phi: Matrix, ridge: number, blas: Blas): Promise<Matrix> {
  const { rows: m, cols: width } = phi
  if (m < width) {
    return blas.solvePositive(plusDiagonal(await blas.syrk(phi), m * ridge), phi)
  }
  const gram = await blas.syrk(phi, { transpose: true, alpha: 1 / m })
  const right = transpose(phi)
  for (let at = 0; at < right.data.length; at++) right.data[at] /= m
  return transpose(await blas.solvePositive(plusDiagonal(gram, ridge), right))
}

/** Ridge regression on given points, λ relative to means: length L. */
export async function fitSecondLayer(
  phi: Matrix,
  labels: Float64Array,
  ridge: number,
  blas: Blas,
): Promise<Float64Array> {
  const { rows: m, cols: width } = phi
  if (m < width) {
    const dual = await blas.solvePositive(plusDiagonal(await blas.syrk(phi), m * ridge), column(labels))
    return (await blas.gemm(phi, dual, { transposeA: true })).data
  }
  const gram = await blas.syrk(phi, { transpose: true, alpha: 1 / m })
  const cross = await blas.gemm(phi, column(labels), { transposeA: true, alpha: 1 / m })
  return (await blas.solvePositive(plusDiagonal(gram, ridge), cross)).data
}

/** a + value·I */
export function plusDiagonal(a: Matrix, value: number): Matrix {
  const result = copyOf(a)
  for (let i = 0; i < a.rows; i++) result.data[i * a.cols + i] += value
  return result
}

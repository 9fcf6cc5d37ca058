import type { AnyMatrix, Matrix } from '#core/matrix'
import { isFloat32, matrix, matrix32, toFloat32 } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { mirrorLower } from '#linalg/tiles'
import type { Passes, PassWatch } from './examples.ts'
import { overExamples } from './examples.ts'
import type { FirstLayer } from './first-layer.ts'
import { activated, projections } from './first-layer.ts'
import type { LinearPart } from './linear-part.ts'
import { centredTargets, column } from './linear-part.ts'
import type { Room } from './room.ts'
import { createRoom } from './room.ts'

/** Means over the examples of what a second layer is fitted from. */
export interface FeatureMoments {
  /** (1/n) Φᵀ Φ, L × L. */
  readonly gram: Matrix
  /** (1/n) Φᵀ y with y the targets less their linear part, length L. */
  readonly cross: Float64Array
}

/** Of the products within a block of examples; blocks are added up in float64 either way. */
export type ProductPrecision = 'float32' | 'float64'

export interface MomentOptions extends PassWatch {
  /** float32 takes a third of the time and moves a moment by about 1e-6 of its size. Default: float64. */
  readonly products?: ProductPrecision
  readonly room?: Room
}

/** Moments of several first layers from one pass; memory is that of the moments and of one block of features. */
export async function featureMoments(
  layers: readonly FirstLayer[],
  passes: Passes,
  linear: LinearPart,
  blas: Blas,
  { products = 'float64', room = createRoom(), ...watch }: MomentOptions = {},
): Promise<FeatureMoments[]> {
  const sums = layers.map(({ biases }) => momentSums(biases.length, products, blas))
  let slot = 0
  let multiply = (): Promise<void> => Promise.resolve()
  const count = await overExamples(passes, watch, async (block) => {
    const targets = column(await centredTargets(block, linear, blas))
    for (const [j, layer] of layers.entries()) {
      const z = await projections(layer, block.inputs, blas, room)
      // The last features are multiplied elsewhere while the next are made here, in the other slot.
      const working = multiply()
      slot = 1 - slot
      const phi = await activated(
        layer,
        z,
        room.take(`features ${slot}`, z.rows, layer.biases.length, products),
      )
      await working
      multiply = () => sums[j].add(phi, targets)
    }
  })
  await multiply()
  const means: FeatureMoments[] = []
  for (const { gram, cross } of sums) {
    await mirrorLower(gram)
    means.push({ gram: divided(gram, count), cross: divided(cross, count).data })
  }
  return means
}

interface MomentSums {
  /** Lower triangle of Σ φ φᵀ. */
  readonly gram: Matrix
  readonly cross: Matrix
  add(phi: AnyMatrix, targets: Matrix): Promise<void>
}

function momentSums(width: number, products: ProductPrecision, blas: Blas): MomentSums {
  const gram = matrix(width, width)
  const cross = matrix(width, 1)
  const blockGram = products === 'float32' ? matrix32(width, width) : undefined
  return {
    gram,
    cross,
    async add(phi, targets) {
      if (!isFloat32(phi)) {
        const gramAdded = blas.syrk(phi, { transpose: true, lowerOnly: true, c: gram, beta: 1 })
        await Promise.all([gramAdded, blas.gemm(phi, targets, { transposeA: true, c: cross, beta: 1 })])
        return
      }
      const [product, narrow] = await Promise.all([
        blas.syrk(phi, { transpose: true, lowerOnly: true, c: blockGram }),
        blas.gemm(phi, toFloat32(targets), { transposeA: true }),
      ])
      addLower(gram, product.data)
      for (let l = 0; l < width; l++) cross.data[l] += narrow.data[l]
    },
  }
}

function addLower({ rows, data }: Matrix, block: Float32Array): void {
  for (let i = 0; i < rows; i++) {
    for (let at = i * rows; at <= i * rows + i; at++) data[at] += block[at]
  }
}

function divided({ rows, cols, data }: Matrix, count: number): Matrix {
  const result = matrix(rows, cols)
  for (let at = 0; at < data.length; at++) result.data[at] = data[at] / count
  return result
}

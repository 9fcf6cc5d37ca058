import type { AnyMatrix, Matrix } from '#core/matrix'
import { isFloat32, matrix, matrix32, toFloat32, toFloat64 } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { mirrorLower } from '#linalg/tiles'
import type { Passes, PassWatch } from './examples.ts'
import { overExamples } from './examples.ts'
import type { FirstLayer } from './first-layer.ts'
import { activated, projections, sameProjections } from './first-layer.ts'
import type { KeptProjections } from './kept-projections.ts'
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
  /** Of a single layer, where a second pass wants them too. */
  readonly along?: KeptProjections
}

/** Moments of several first layers from one pass; memory is that of the moments and of one block of features. */
export async function featureMoments(
  layers: readonly FirstLayer[],
  passes: Passes,
  linear: LinearPart,
  blas: Blas,
  { products = 'float64', room = createRoom(), along, ...watch }: MomentOptions = {},
): Promise<FeatureMoments[]> {
  // Other threads multiply the last features while this one makes the next, in the next slot. Two multiplications at once
  // are of two layers; those of a single layer have sums of their own.
  const lanes = blas.apart ?? blas
  const sums = layers.map(({ biases }) =>
    Array.from({ length: layers.length === 1 ? atOnce : 1 }, () =>
      momentSums(biases.length, products, lanes),
    ),
  )
  const multiplied: Promise<void>[] = []
  let [slot, blocks] = [0, 0]
  const count = await overExamples(passes, watch, async (block) => {
    const targets = column(await centredTargets(block, linear, lanes))
    let z: Matrix | undefined
    for (const [j, layer] of layers.entries()) {
      if (!z || !sameProjections(layer, layers[j - 1])) {
        z = await (along?.(blocks, block.inputs) ?? projections(layer, block.inputs, lanes, room))
      }
      slot = (slot + 1) % (atOnce + 1)
      const phi = layer.thin
        ? (await room.thinFeatures(slot)).of(layer.thin, z, layer.biases, products)
        : await activated(layer, z, room.take(`features ${slot}`, z.rows, layer.biases.length, products))
      if (multiplied.length === atOnce) await multiplied.shift()
      const added = sums[j][blocks % sums[j].length].add(phi, targets)
      // A failure is thrown by a later await; until then it must not count as unhandled.
      added.catch(() => undefined)
      multiplied.push(added)
    }
    blocks++
  })
  await Promise.all(multiplied)
  const means: FeatureMoments[] = []
  for (const [first, ...others] of sums) {
    const { gram, cross } = first.taken()
    for (const other of others) {
      const more = other.taken()
      addTo(gram, more.gram)
      addTo(cross, more.cross)
    }
    await mirrorLower(gram)
    divide(gram, count)
    divide(cross, count)
    means.push({ gram, cross: cross.data })
  }
  return means
}

/** Blocks of features that are multiplied at once. */
const atOnce = 2

/** Blocks whose products are added up in float32 before they are added to float64. */
const singleBlocks = 4

interface MomentSums {
  add(phi: AnyMatrix, targets: Matrix): Promise<void>
  /** Lower triangle of Σ φ φᵀ and Σ φ y; nothing may be added then. */
  taken(): { readonly gram: Matrix; readonly cross: Matrix }
}

function momentSums(width: number, products: ProductPrecision, blas: Blas): MomentSums {
  const gram = matrix(width, width)
  const cross = matrix(width, 1)
  const single = products === 'float32' ? { gram: matrix32(width, width), blocks: 0 } : undefined
  return {
    async add(phi, targets) {
      if (!single || !isFloat32(phi)) {
        const double = toFloat64(phi)
        const gramAdded = blas.syrk(double, { transpose: true, lowerOnly: true, c: gram, beta: 1 })
        await Promise.all([gramAdded, blas.gemm(double, targets, { transposeA: true, c: cross, beta: 1 })])
        return
      }
      const beta = single.blocks > 0 ? 1 : 0
      const [, narrow] = await Promise.all([
        blas.syrk(phi, { transpose: true, lowerOnly: true, c: single.gram, beta }),
        blas.gemm(phi, toFloat32(targets), { transposeA: true }),
      ])
      for (let l = 0; l < width; l++) cross.data[l] += narrow.data[l]
      single.blocks++
      if (single.blocks < singleBlocks) return
      single.blocks = 0
      addLower(gram, single.gram.data)
    },
    taken() {
      if (single && single.blocks > 0) addLower(gram, single.gram.data)
      return { gram, cross }
    },
  }
}

function addTo(sum: Matrix, part: Matrix): void {
  for (let at = 0; at < sum.data.length; at++) sum.data[at] += part.data[at]
}

function addLower({ rows, data }: Matrix, block: Float32Array): void {
  for (let i = 0; i < rows; i++) {
    for (let at = i * rows; at <= i * rows + i; at++) data[at] += block[at]
  }
}

function divide({ data }: Matrix, count: number): void {
  for (let at = 0; at < data.length; at++) data[at] /= count
}

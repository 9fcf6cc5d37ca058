import type { AnyMatrix, Matrix } from '#core/matrix'
import { isFloat32, matrix, matrix32, toFloat64 } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { mirrorLower } from '#linalg/tiles'
import type { Passes, PassWatch } from './examples.ts'
import { overExamples } from './examples.ts'
import type { FirstLayer } from './first-layer.ts'
import { activated, projections, sameProjections } from './first-layer.ts'
import type { KeptProjections } from './kept-projections.ts'
import type { LinearPart } from './linear-part.ts'
import { centredTargets } from './linear-part.ts'
import type { Room } from './room.ts'
import { createRoom } from './room.ts'

/** Means over the examples of what a second layer is fitted from. */
export interface FeatureMoments {
  /** (1/n) Φᵀ Φ, L × L. */
  readonly gram: Matrix
  /** (1/n) Φᵀ y with y the targets less their linear part, length L. */
  readonly cross: Float64Array
}

/** Of the products within four blocks of examples; these are added up in float64 either way. */
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
      momentSums(biases.length + 1, products, lanes),
    ),
  )
  const multiplied: Promise<void>[] = []
  let [slot, blocks] = [0, 0]
  const count = await overExamples(passes, watch, async (block) => {
    const targets = await centredTargets(block, linear, lanes)
    let z: Matrix | undefined
    for (const [j, layer] of layers.entries()) {
      if (!z || !sameProjections(layer, layers[j - 1])) {
        z = await (along?.of(blocks, block.inputs) ?? projections(layer, block.inputs, lanes, room))
      }
      slot = (slot + 1) % (atOnce + 1)
      const columns = layer.biases.length + 1
      const phi = layer.thin
        ? (await room.thinFeatures(slot)).of(layer.thin, z, layer.biases, products, columns)
        : await activated(layer, z, room.take(`features ${slot}`, z.rows, columns, products))
      setLastColumn(phi, targets)
      if (multiplied.length === atOnce) await multiplied.shift()
      const added = sums[j][blocks % sums[j].length].add(phi)
      // A failure is thrown by a later await; until then it must not count as unhandled.
      added.catch(() => undefined)
      multiplied.push(added)
    }
    blocks++
  })
  await Promise.all(multiplied)
  const means: FeatureMoments[] = []
  for (const [first, ...others] of sums) {
    const sum = first.taken()
    for (const other of others) addTo(sum, other.taken())
    means.push(await meansOf(sum, count))
  }
  return means
}

/** Blocks of features that are multiplied at once. */
const atOnce = 2

/** Blocks whose products are added up in float32 before they are added to float64. */
const singleBlocks = 4

/** Of rows (φ, y): the last row of Σ (φ, y)(φ, y)ᵀ is Σ y φ. */
interface MomentSums {
  add(rows: AnyMatrix): Promise<void>
  /** Lower triangle; nothing may be added then. */
  taken(): Matrix
}

function momentSums(size: number, products: ProductPrecision, blas: Blas): MomentSums {
  const sum = matrix(size, size)
  const single = products === 'float32' ? { sum: matrix32(size, size), blocks: 0 } : undefined
  const options = { transpose: true, lowerOnly: true }
  return {
    async add(rows) {
      if (!single || !isFloat32(rows)) {
        await blas.syrk(toFloat64(rows), { ...options, c: sum, beta: 1 })
        return
      }
      await blas.syrk(rows, { ...options, c: single.sum, beta: single.blocks > 0 ? 1 : 0 })
      single.blocks++
      if (single.blocks < singleBlocks) return
      single.blocks = 0
      addLower(sum, single.sum.data)
    },
    taken() {
      if (single && single.blocks > 0) addLower(sum, single.sum.data)
      return sum
    },
  }
}

function setLastColumn({ cols, data }: AnyMatrix, values: Float64Array): void {
  for (let i = 0, at = cols - 1; i < values.length; i++, at += cols) data[at] = values[i]
}

function addTo(sum: Matrix, part: Matrix): void {
  for (let at = 0; at < sum.data.length; at++) sum.data[at] += part.data[at]
}

function addLower({ rows, data }: Matrix, block: Float32Array): void {
  for (let i = 0; i < rows; i++) {
    for (let at = i * rows; at <= i * rows + i; at++) data[at] += block[at]
  }
}

/** From the lower triangle of the sums of (φ, y)(φ, y)ᵀ. */
async function meansOf({ rows: size, data }: Matrix, count: number): Promise<FeatureMoments> {
  const width = size - 1
  const gram = matrix(width, width)
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) gram.data[i * width + j] = data[i * size + j] / count
  }
  await mirrorLower(gram)
  return { gram, cross: data.slice(width * size, width * size + width).map((sum) => sum / count) }
}

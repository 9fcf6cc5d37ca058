import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import type { ConvGeometry } from './conv-geometry.ts'
import { isLocal, patchSize, positions } from './conv-geometry.ts'
import { createLayerSolver } from './layer-solver.ts'
import type { Operator } from './lsqr.ts'
import { lsqr } from './lsqr.ts'
import type { LinearLayer } from './feed-forward.ts'
import type { Distribution } from './random-weights.ts'
import { gatherPatches, patchSources, scatterPatches } from './patches.ts'
import type { Onto } from './surjectivity.ts'
import { measuredRank, moreOutputs } from './surjectivity.ts'

/** How a convolution is inverted. */
export type ConvInverse = 'patches' | 'matrix' | 'iteration'

/** Values of the largest matrix that is factored whole (128 MB). */
const largestMatrix = 2 ** 24

/** `patches`: each by itself, where they do not overlap. `matrix`: QR of the layer as a matrix. `iteration`: LSQR. */
export function convInverse(geometry: ConvGeometry): ConvInverse {
  if (isLocal(geometry)) return 'patches'
  return inputsOf(geometry) * outputsOf(geometry) <= largestMatrix ? 'matrix' : 'iteration'
}

/**
 * A convolution without bias, channels last.
 * @param weight outChannels × (kernel · kernel · channels), columns in the order row, column, channel
 */
export function convLayer(
  name: string,
  geometry: ConvGeometry,
  weight: Matrix,
  inverse: ConvInverse = convInverse(geometry),
): LinearLayer {
  const inputs = inputsOf(geometry)
  const outputs = outputsOf(geometry)
  const sources = patchSources(geometry)
  const apply = (rows: Matrix, blas: Blas) => convolve(rows, geometry, sources, weight, blas)
  const applyTransposed = (rows: Matrix, blas: Blas) =>
    backwards(rows, geometry, sources, (values) => blas.gemm(values, weight))
  const operations = 2 * outputs * weight.cols
  const shape = { name, inputs, outputs, operations, apply, applyTransposed }

  if (inverse === 'patches') {
    const solver = createLayerSolver(weight)
    return {
      ...shape,
      singularValues: solver.singularValues,
      solve: (targets, blas) => backwards(targets, geometry, sources, (values) => solver.solve(values, blas)),
    }
  }
  if (inverse === 'matrix') {
    const solver = createLayerSolver(convMatrix(geometry, weight))
    return { ...shape, solve: solver.solve, singularValues: solver.singularValues }
  }
  const operator = (blas: Blas): Operator => ({
    inputs,
    outputs,
    apply: (rows) => apply(rows, blas),
    applyTransposed: (rows) => applyTransposed(rows, blas),
  })
  return {
    ...shape,
    solve: (targets, blas, watch) => lsqr(operator(blas), targets, { watch }),
    singularValues: (blas) => singularValuesOf(operator(blas), blas),
  }
}

/**
 * Whether one layer is onto: by shape where patches do not overlap; else by its smallest singular value, because
 * overlapping patches can be onto in theory and singular to rounding; undecided where it is too large to measure.
 * @param distribution of random weights; absent where they were given
 */
export async function convOnto(
  layer: LinearLayer,
  geometry: ConvGeometry,
  distribution: Distribution | undefined,
  blas: Blas,
): Promise<Onto> {
  if (layer.outputs > layer.inputs) return { holds: 'never', reason: moreOutputs(layer) }
  const inverse = convInverse(geometry)
  const size = patchSize(geometry)
  if (inverse === 'patches' && geometry.outChannels > size) {
    return {
      holds: 'never',
      reason: `layer ${layer.name} makes ${geometry.outChannels} channels from patches of ${size} values`,
    }
  }
  if (inverse === 'matrix' || (inverse === 'patches' && distribution === undefined)) {
    return measuredRank(layer, blas)
  }
  if (inverse === 'patches') {
    return distribution === 'orthogonal'
      ? { holds: 'always', reason: `layer ${layer.name} has orthonormal filters on separate patches` }
      : { holds: 'almost surely', reason: `layer ${layer.name} is Gaussian on separate patches` }
  }
  return {
    holds: 'unknown',
    reason: `layer ${layer.name} is too large to measure, and overlapping patches may be singular to rounding`,
  }
}

function inputsOf({ height, width, channels }: ConvGeometry): number {
  return height * width * channels
}

function outputsOf(geometry: ConvGeometry): number {
  return positions(geometry) * geometry.outChannels
}

/** Images whose patches hold some 2²¹ values. */
function imagesAtATime(sources: Int32Array): number {
  return Math.max(1, Math.floor(2 ** 21 / sources.length))
}

async function convolve(
  images: Matrix,
  geometry: ConvGeometry,
  sources: Int32Array,
  weight: Matrix,
  blas: Blas,
): Promise<Matrix> {
  const outputs = outputsOf(geometry)
  const result = matrix(images.rows, outputs)
  const step = imagesAtATime(sources)
  for (let from = 0; from < images.rows; from += step) {
    const to = Math.min(from + step, images.rows)
    const patches = gatherPatches(images, from, to, sources, weight.cols)
    const c = matrix(patches.rows, geometry.outChannels, result.data.subarray(from * outputs, to * outputs))
    await blas.gemm(patches, weight, { transposeB: true, c })
  }
  return result
}

/** Turns the output channels at every position into a patch by `patchesFor` and adds the patches up to images. */
async function backwards(
  targets: Matrix,
  geometry: ConvGeometry,
  sources: Int32Array,
  patchesFor: (values: Matrix) => Promise<Matrix>,
): Promise<Matrix> {
  const outputs = outputsOf(geometry)
  const images = matrix(targets.rows, inputsOf(geometry))
  const step = imagesAtATime(sources)
  for (let from = 0; from < targets.rows; from += step) {
    const to = Math.min(from + step, targets.rows)
    const values = matrix(
      (to - from) * positions(geometry),
      geometry.outChannels,
      targets.data.subarray(from * outputs, to * outputs),
    )
    scatterPatches(await patchesFor(values), images, from, to, sources)
  }
  return images
}

/** The layer as a matrix, outputs × inputs. */
export function convMatrix(geometry: ConvGeometry, weight: Matrix): Matrix {
  const sources = patchSources(geometry)
  const result = matrix(outputsOf(geometry), inputsOf(geometry))
  for (let row = 0; row < result.rows; row++) {
    const filter = (row % geometry.outChannels) * weight.cols
    const patch = Math.floor(row / geometry.outChannels) * weight.cols
    for (let entry = 0; entry < weight.cols; entry++) {
      const source = sources[patch + entry]
      if (source >= 0) result.data[row * result.cols + source] = weight.data[filter + entry]
    }
  }
  return result
}

/** Subspace iteration with MMᵀ (MᵀM where M has more rows than columns) and, by LSQR, with its inverse. */
async function singularValuesOf(
  operator: Operator,
  blas: Blas,
): Promise<{ largest: number; smallest: number }> {
  const flipped: Operator = {
    inputs: operator.outputs,
    outputs: operator.inputs,
    apply: operator.applyTransposed,
    applyTransposed: operator.apply,
  }
  // Iterate on the shorter side: `down` maps it to the longer one.
  const [up, down] = operator.outputs <= operator.inputs ? [operator, flipped] : [flipped, operator]
  const width = Math.min(4, down.inputs)
  const start = randomStream(0, 'singular-values').fillNormal(new Float64Array(width * down.inputs))
  const extreme = async (next: (rows: Matrix) => Promise<Matrix>, rounds: number) => {
    let basis = await orthonormalRows(matrix(width, down.inputs, start.slice()), blas)
    for (let round = 0; round < rounds; round++) basis = await orthonormalRows(await next(basis), blas)
    return (await blas.svd(await down.apply(basis))).values
  }
  const largest = await extreme(async (rows) => up.apply(await down.apply(rows)), 20)
  const smallest = await extreme(async (rows) => lsqr(down, await lsqr(up, rows)), 6)
  return { largest: largest[0], smallest: smallest[smallest.length - 1] }
}

async function orthonormalRows(rows: Matrix, blas: Blas): Promise<Matrix> {
  return (await blas.svd(rows)).vt
}

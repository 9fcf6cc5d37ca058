import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import type { Passes, PassWatch } from './examples.ts'
import type { FirstLayer } from './first-layer.ts'
import { mirroredLayer } from './first-layer.ts'
import { dataGradients } from './gradient.ts'
import { drawBiases, drawNeurons, requireEvenWidth } from './initialisation.ts'
import type { LinearPart } from './linear-part.ts'
import type { TwoLayerModel } from './model.ts'
import type { ProductPrecision } from './feature-moments.ts'
import { featureMoments } from './feature-moments.ts'
import type { Room } from './room.ts'
import { solveSecondLayer } from './second-layer.ts'

/** What a model is trained on all the data with. */
export interface OnData {
  readonly passes: Passes
  readonly linear: LinearPart
  readonly inputSize: number
  readonly blas: Blas
  readonly watch?: PassWatch
  /** Where blocks are worked on; one room for many passes saves making it anew. */
  readonly room?: Room
  /** Of the moments that second layers are fitted from. Default: float64. */
  readonly products?: ProductPrecision
}

export interface ReferenceSettings {
  /** L, even. */
  readonly width: number
  readonly seed: number
  /** λ of the second layer relative to means, default 1e-4. */
  readonly ridge?: number
}

/**
 * The network that is distilled (Damian, Lee, Soltanolkotabi, COLT 2022, as remembered): first layer by gradient steps
 * with weight decay 1/η, biases drawn anew, second layer to convergence.
 * @param steps 1 as published; 3 is the fair upper reference
 */
export async function trainTeacher(
  data: OnData,
  settings: ReferenceSettings & { readonly steps?: number },
): Promise<TwoLayerModel> {
  const { width, seed, steps = 1 } = settings
  requireEvenWidth(width)
  let directions = drawNeurons(width / 2, data.inputSize, randomStream(seed, 'teacher-neurons'))
  for (let t = 0; t < steps; t++) {
    directions = await dataGradients(directions, data.passes, data.linear, data.blas, {
      ...data.watch,
      room: data.room,
    })
  }
  const biases = drawBiases(width, randomStream(seed, 'teacher-biases'))
  return withSecondLayer(mirroredLayer(directions, biases), data, settings)
}

/** Neurons drawn inside the true subspace (r × d, orthonormal rows): what no learner of the first layer can beat. */
export async function trainOracle(
  data: OnData,
  subspace: Matrix,
  settings: ReferenceSettings,
): Promise<TwoLayerModel> {
  const { width, seed } = settings
  requireEvenWidth(width)
  const coordinates = matrix(width / 2, subspace.rows)
  randomStream(seed, 'oracle-neurons').fillNormal(coordinates.data)
  const directions = await data.blas.gemm(coordinates, subspace)
  const biases = drawBiases(width, randomStream(seed, 'oracle-biases'))
  return withSecondLayer(mirroredLayer(directions, biases), data, settings)
}

/** An untrained first layer, w ~ N(0, I/d), b ~ N(0, 1): what a network knows that learns no features. */
export async function trainRandomFeatures(data: OnData, settings: ReferenceSettings): Promise<TwoLayerModel> {
  const { width, seed } = settings
  const rows = drawNeurons(width, data.inputSize, randomStream(seed, 'random-features'))
  const biases = drawBiases(width, randomStream(seed, 'random-feature-biases'))
  return withSecondLayer({ rows, mirrored: false, biases }, data, settings)
}

/** A second layer fitted on all the data over any first layer. */
export async function withSecondLayer(
  first: FirstLayer,
  { passes, linear, blas, watch, room, products }: OnData,
  { ridge = 1e-4 }: Pick<ReferenceSettings, 'ridge'>,
): Promise<TwoLayerModel> {
  const [moments] = await featureMoments([first], passes, linear, blas, { ...watch, room, products })
  return { first, second: await solveSecondLayer(moments, ridge, blas), linear }
}

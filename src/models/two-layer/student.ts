import { RetortError } from '#core/errors'
import type { DistilledSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { TwoLayerTraining } from '#core/two-layer-training'
import type { Blas } from '#linalg/blas'
import type { FirstLayer } from './first-layer.ts'
import { features, layerFromPoints } from './first-layer.ts'
import type { FirstPoints } from './gate.ts'
import { drawBiases, drawNeurons, requireEvenWidth } from './initialisation.ts'
import type { TwoLayerModel } from './model.ts'
import { publicPoints } from './public-points.ts'
import { fitSecondLayer } from './second-layer.ts'

/** A set that trains two-layer networks. */
export interface TwoLayerPoints extends Pick<DistilledSet, 'points' | 'labels'> {
  readonly training: TwoLayerTraining
}

export interface StudentSettings {
  /** L, even; default: the width that the labels were made for. */
  readonly width?: number
  /** Of the fresh initialisation. */
  readonly seed: number
}

/**
 * The first layer of a fresh student: symmetric initialisation, one step on the distilled points, biases drawn anew.
 * It depends on the seed, the width and the points alone.
 */
export function studentLayer(
  first: FirstPoints,
  step: number,
  { width, seed }: Required<StudentSettings>,
  blas: Blas,
): Promise<FirstLayer> {
  requireEvenWidth(width)
  const neurons = drawNeurons(width / 2, first.points.cols, randomStream(seed, 'student-neurons'))
  const biases = drawBiases(width, randomStream(seed, 'student-biases'))
  return layerFromPoints(neurons, first, step, biases, blas)
}

/**
 * Trains a network from a distilled set alone; the real data are not touched.
 * @throws RetortError `usage/width`, `usage/initialisation` where the labels belong to another initialisation,
 * `artefact/subspace` where the points no longer span the subspace that the labels were made in
 */
export async function trainStudent(
  { points, labels, training }: TwoLayerPoints,
  settings: StudentSettings,
  blas: Blas,
): Promise<TwoLayerModel> {
  const { width = training.width, seed } = settings
  refuseOtherStart(training, width, seed)
  const first = await studentLayer(
    { points, labels: labels.data, tied: training.tied },
    training.step,
    { width, seed },
    blas,
  )
  const second = await secondLayerFrom(training, points, first, blas)
  return { first, second, linear: { offset: training.offset, slope: training.slope } }
}

/** Ridge regression of the labels on the public points, or on the one point in feature space. */
async function secondLayerFrom(
  training: TwoLayerTraining,
  points: Matrix,
  first: FirstLayer,
  blas: Blas,
): Promise<Float64Array> {
  const { secondPoints, secondLabels, ridge } = training
  if (isFeaturePoint(training)) return fromFeaturePoint(secondLabels, ridge)
  if (secondPoints.mode === 'span' && secondPoints.pivots.length !== training.basis.rows) {
    throw new RetortError({
      code: 'artefact/subspace',
      message: `the labels belong to a subspace of ${training.basis.rows} dimensions; the points give ${secondPoints.pivots.length}`,
      why: 'Labels would be attached to other points than those that they were made for.',
      hint: 'Use the artefact as it was written.',
    })
  }
  const inputs = await publicPoints(secondPoints, points, blas)
  return fitSecondLayer(await features(first, inputs, blas), secondLabels, ridge, blas)
}

/** Whether the labels are one point in feature space: no public points, and L numbers. */
export function isFeaturePoint({ secondPoints }: Pick<TwoLayerTraining, 'secondPoints'>): boolean {
  return secondPoints.count === 0
}

/** Ridge regression on the single feature-space point p with label |p|² + λ: it returns p itself. */
function fromFeaturePoint(point: Float64Array, ridge: number): Float64Array {
  const square = point.reduce((sum, value) => sum + value * value, 0)
  const label = square + ridge
  return point.map((value) => (value * label) / (square + ridge))
}

function refuseOtherStart({ initialisation, width }: TwoLayerTraining, wanted: number, seed: number): void {
  if (initialisation === 'any' || (initialisation.seed === seed && wanted === width)) return
  throw new RetortError({
    code: 'usage/initialisation',
    message: `the labels belong to the initialisation of seed ${initialisation.seed} and width ${width}, not to seed ${seed} and width ${wanted}`,
    why: 'On another initialisation they can be wrong by ten times the variance of the targets.',
    hint: `Use --seed ${initialisation.seed} --width ${width}, or distil again with --label-mode any.`,
    values: { seed, width: wanted },
  })
}

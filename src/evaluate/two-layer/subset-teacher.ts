import type { Matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import { examplesInMemory } from '#models/two-layer/examples'
import { mirroredLayer } from '#models/two-layer/first-layer'
import { meanRowNorm } from '#models/two-layer/gate'
import { dataGradients } from '#models/two-layer/gradient'
import { drawBiases, drawNeurons } from '#models/two-layer/initialisation'
import type { LinearPart } from '#models/two-layer/linear-part'
import { fitLinearPart, withoutLinearPart } from '#models/two-layer/linear-part'
import type { TwoLayerModel } from '#models/two-layer/model'
import { predictTwoLayer } from '#models/two-layer/model'
import { featureMoments } from '#models/two-layer/feature-moments'
import { solveSecondLayer } from '#models/two-layer/second-layer'

/** Relative to means; a few examples need far more than all of them. */
export const teacherRidges = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000] as const

export interface SubsetTeacherOptions {
  readonly width: number
  readonly seed: number
  readonly blas: Blas
  /** Preprocessed examples that λ and the linear part are chosen on. */
  readonly holdOut: { readonly inputs: Matrix; readonly targets: Float64Array }
}

export interface SubsetTeacher {
  readonly model: TwoLayerModel
  readonly ridge: number
}

/**
 * The teacher on a few real examples, with the λ, and with or without a linear part, that serve best on the hold-out: an
 * honest best chance for examples that are as many numbers as a distilled set.
 * @param inputs m × d, preprocessed
 */
export async function trainSubsetTeacher(
  inputs: Matrix,
  targets: Float64Array,
  { width, seed, blas, holdOut }: SubsetTeacherOptions,
): Promise<SubsetTeacher> {
  const passes = examplesInMemory(inputs, targets)
  const fit = await fitLinearPart(passes, inputs.cols, blas)
  const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length
  const neurons = drawNeurons(width / 2, inputs.cols, randomStream(seed, 'teacher-neurons'))
  const biases = drawBiases(width, randomStream(seed, 'teacher-biases'))
  let best: (SubsetTeacher & { error: number }) | undefined
  for (const linear of [fit, { ...withoutLinearPart(fit), offset: mean }]) {
    const directions = await dataGradients(neurons, passes, linear, blas)
    // A linear part that interpolates its examples leaves nothing to learn.
    const first = mirroredLayer(meanRowNorm(directions) > 1e-12 ? directions : neurons, biases)
    const [moments] = await featureMoments([first], passes, linear, blas)
    for (const ridge of teacherRidges) {
      const second = await solveSecondLayer(moments, ridge, blas)
      const model = { first, second, linear: plain(linear) }
      const error = squaredError(await predictTwoLayer(model, holdOut.inputs, blas), holdOut.targets)
      if (best === undefined || error < best.error) best = { model, ridge, error }
    }
  }
  if (best === undefined) throw new RangeError('there is a ridge to choose')
  return { model: best.model, ridge: best.ridge }
}

function plain({ offset, slope }: LinearPart): LinearPart {
  return { offset, slope }
}

/** Infinite where a prediction is no number. */
export function squaredError(found: Float64Array, wanted: Float64Array): number {
  let sum = 0
  for (let i = 0; i < found.length; i++) sum += (found[i] - wanted[i]) ** 2
  return Number.isFinite(sum) ? sum : Infinity
}

import type { Centring } from '../closed-form/centring.ts'
import { dualOf, pointsOf, solvedLabels } from '../closed-form/factored.ts'
import { classCycle, classLabels, freeLabelFrame } from '../closed-form/labels.ts'
import { orthonormalNoise, paperNoise } from '../closed-form/noise.ts'
import type { RidgeTask } from '../ridge-task.ts'
import { scaledLabels } from './class-labels.ts'
import { scaledFrame, withMeans, type Construction, type RandomStreams } from './construction.ts'
import type { RidgePlan } from './plan.ts'

/** Points W⁺ Y_S plus noise that the labels do not see. With solved labels the points are those of λ_S = 0. */
export async function noiseSet(
  plan: RidgePlan,
  centring: Centring,
  random: RandomStreams,
): Promise<Construction> {
  const { task, options, carried, classLabels: given, solveLabels } = plan
  const { blas, target } = task
  const classes =
    given?.classes ?? (target.kind === 'class' ? classCycle(plan.points, target.names.length) : undefined)
  const scale = typicalLength(task, centring.rows)
  const frame = given
    ? await scaledFrame(given.frame, plan.labelScale)
    : await freeLabelFrame(
        blas,
        carried.spectrum,
        centring.rows,
        classes ? await centring.reduce(classLabels(classes, carried.bias.length, false)) : random('labels'),
        scale,
      )
  const ridge = solveLabels ? 0 : plan.ridge
  const make = options.variant === 'noise' ? orthonormalNoise : paperNoise
  const d = await make(blas, random('noise'), frame, { size: options.noiseSize, ridge, scale })
  const points = await pointsOf(blas, d, ridge, options.roots)
  const inputMean = given?.inputMean ?? carried.dataMean
  if (given && !solveLabels) {
    const labels = scaledLabels(given, plan.labelScale)
    return { points: await centring.restore(points, inputMean), labels, classes }
  }
  const dual = () => dualOf(blas, d, carried.weight)
  const labels = await solvedLabels(blas, points, carried.weight, plan.ridge, dual)
  return { ...(await withMeans(plan, centring, points, labels, inputMean)), classes }
}

/**
 * The singular value that min(m, p) equal ones need for m points to have the mean square of the data, about its mean
 * with an intercept; 1 where the data are constant.
 */
function typicalLength({ statistics, model }: RidgeTask, points: number): number {
  const { count, inputSize, gram, inputSum } = statistics
  let square = 0
  for (let i = 0; i < inputSize; i++) {
    const mean = model.intercept ? inputSum[i] / count : 0
    square += gram.data[i * inputSize + i] / count - mean * mean
  }
  const length = Math.sqrt((square / inputSize) * Math.max(points, inputSize))
  return length > 0 && Number.isFinite(length) ? length : 1
}

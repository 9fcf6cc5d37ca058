import { RetortError } from '#core/errors'
import type { Random } from '#core/random'
import type { RandomStreams } from '../ridge/construction.ts'
import { adamStep } from './adam.ts'
import { lossFromExamples, lossFromMoments } from './feature-moments.ts'
import type { KipPlan } from './plan.ts'
import type { LossGradient } from './regression-loss.ts'
import { regressionLoss } from './regression-loss.ts'
import { rateAt } from './schedule.ts'
import { resolvedLabelsLoss, statisticsLoss } from './statistics-loss.ts'
import { centredLabels, drawBalanced, drawSupport } from './support.ts'
import type { KipVariables } from './variables.ts'
import { startVariables } from './variables.ts'

/** Real examples, balanced over classes, as points; their labels, centred. */
export async function startFromExamples(plan: KipPlan, random: RandomStreams): Promise<KipVariables> {
  const { task, points, groups, offset } = plan
  const chosen = drawSupport(groups, points, random('support'))
  return startVariables(await task.examples.inputsAt(chosen), centredLabels(task.examples, chosen, offset))
}

/**
 * One step of Adam on the loss of the variant. The batch of step t depends on the seed and t alone, and its learning rate on t
 * and the number of steps, so that a run that was interrupted goes on as if it had not been.
 * @throws RetortError `check/diverged`
 */
export async function stepVariables(
  plan: KipPlan,
  variables: KipVariables,
  random: RandomStreams,
): Promise<KipVariables> {
  const { points, labels, step } = variables
  const gradient = await lossGradient(plan, variables, random('batch', step))
  if (!Number.isFinite(gradient.loss)) throw diverged(plan, step)
  const rate = rateAt(step, plan.options, plan.learningRate)
  const moved = adamStep(points.data, gradient.ofPoints.data, variables.ofPoints, rate)
  const relabelled =
    plan.options.learnLabels && gradient.ofLabels
      ? adamStep(labels.data, gradient.ofLabels.data, variables.ofLabels, rate)
      : { values: labels.data, state: { ...variables.ofLabels, step: step + 1 } }
  return {
    points: { ...points, data: moved.values },
    labels: { ...labels, data: relabelled.values },
    ofPoints: moved.state,
    ofLabels: relabelled.state,
    step: step + 1,
    loss: gradient.loss,
    losses: appended(variables.losses, gradient.loss),
  }
}

function appended(losses: Float64Array, loss: number): Float64Array {
  const result = new Float64Array(losses.length + 1)
  result.set(losses)
  result[losses.length] = loss
  return result
}

type Gradient = Pick<LossGradient, 'loss' | 'ofPoints'> & Partial<Pick<LossGradient, 'ofLabels'>>

async function lossGradient(
  { task, options, variant, kernel, features, groups, offset, room }: KipPlan,
  { points, labels }: KipVariables,
  random: Random,
): Promise<Gradient> {
  const { blas, examples } = task
  const { ridgeShare, batch } = options
  const drawn = async () => {
    const indices = drawBalanced(groups, batch, random)
    const free = room.inputs?.rows === indices.length ? room.inputs : undefined
    room.inputs = await examples.inputsAt(indices, free)
    return { inputs: room.inputs, targets: centredLabels(examples, indices, offset) }
  }
  if (features === undefined || variant === 'batches') {
    return regressionLoss({ kernel, points, labels, ridgeShare, ...(await drawn()) }, blas)
  }
  const { map, moments } = features
  if (variant === 'statistics') return statisticsLoss(map, moments, { points, labels, ridgeShare }, blas)
  if (variant === 'authors-statistics') {
    return resolvedLabelsLoss(map, moments, points, (weight) => lossFromMoments(weight, moments, blas), blas)
  }
  const { inputs, targets } = await drawn()
  const phi = await map.forward(inputs, blas)
  return resolvedLabelsLoss(
    map,
    moments,
    points,
    (weight) => lossFromExamples(weight, phi, targets, blas),
    blas,
  )
}

function diverged({ learningRate }: KipPlan, step: number): RetortError {
  return new RetortError({
    code: 'check/diverged',
    message: `the loss is not finite at step ${step + 1}`,
    why: 'The points have run away: the steps were too long.',
    hint: `Lower --learning-rate, e.g. to ${learningRate / 4}.`,
    values: { step: step + 1, learningRate },
  })
}

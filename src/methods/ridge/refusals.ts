import { RetortError } from '#core/errors'
import type { LabelEncoding, RidgeOptions } from '../ridge-options.ts'
import type { RidgeTask } from '../ridge-task.ts'
import type { ClassLabels } from './class-labels.ts'
import { minimumPointsFor } from './minimum-points.ts'
import { fitRounding } from './promised-model.ts'
import type { RidgePlan } from './plan.ts'
import { fewerPointsError, type PreconditionId } from './preconditions.ts'

/** @throws RetortError `usage/…` where options contradict one another, or the kind of target */
export function refuseOptions({ target, model }: RidgeTask, options: RidgeOptions): void {
  const { points, ipc, variant, labelEncoding, ridgeDistilled } = options
  if (points !== undefined && ipc !== undefined) {
    throw conflict(
      'points',
      'both --points and --ipc say how many points',
      'Give --points or --ipc, not both.',
    )
  }
  if (target.kind === 'real' && ipc !== undefined) {
    throw conflict(
      'ipc',
      'there are no classes to count points by: the target is real-valued',
      'Use --points.',
    )
  }
  if (target.kind === 'real' && labelEncoding !== undefined && labelEncoding !== 'soft') {
    throw conflict(
      'label-encoding',
      `${labelEncoding} labels need classes: the target is real-valued`,
      'Use --label-encoding soft.',
    )
  }
  if (variant === 'realistic' && labelEncoding !== undefined && labelEncoding !== 'soft') {
    throw conflict(
      'label-encoding',
      `points nearest to real examples need solved labels, not ${labelEncoding} ones`,
      `Use --label-encoding soft, or --variant paper-realistic for ${labelEncoding} labels.`,
    )
  }
  if (variant !== 'd-set') return
  if (points !== undefined || ipc !== undefined) {
    throw conflict(
      'points',
      'a d-set has as many points as the data has dimensions',
      'Leave --points and --ipc out.',
    )
  }
  if (labelEncoding !== undefined && labelEncoding !== 'soft') {
    throw conflict(
      'label-encoding',
      'the labels of a d-set follow from the data',
      'Leave --label-encoding out.',
    )
  }
  if (ridgeDistilled !== undefined && ridgeDistilled !== model.ridge) {
    throw conflict(
      'ridge-distilled',
      `a d-set gives at every λ_S the model of the same λ; the model has λ = ${model.ridge}, not ${ridgeDistilled}`,
      `Leave --ridge-distilled out, or fit the model with --ridge ${ridgeDistilled}.`,
    )
  }
}

/** @throws RetortError for the first precondition that fails; `allowFewer` forgives too few points with soft labels */
export function refusePlan(plan: RidgePlan): void {
  for (const { id, holds } of plan.preconditions) {
    if (holds !== false || (id === 'enough-points' && plan.options.allowFewer && plan.solveLabels)) continue
    const refusal = refusals[id]
    if (refusal) throw refusal(plan)
  }
}

const refusals: Partial<Record<string, (plan: RidgePlan) => RetortError>> = {
  'finite-model': () =>
    new RetortError({
      code: 'data/not-finite',
      message: 'the fitted model holds NaN or infinite weights',
      why: 'No set of points can train to it.',
      hint: 'Look for missing or infinite values in the data, or fit with a larger --ridge.',
    }),

  'enough-points': (plan) => {
    const { points, encoding, spectrum, model } = plan
    const targets = model.weight.rows
    const { points: fewest, statement } = minimumPointsFor(spectrum.rank, targets, encoding, model.intercept)
    const soft = minimumPointsFor(spectrum.rank, targets, 'soft', model.intercept).points
    const error = fewerPointsError(plan)
    return new RetortError({
      code: 'usage/too-few-points',
      message: `${points} ${points === 1 ? 'point' : 'points'} cannot carry this model, which needs ${fewest} (${statement})`,
      why:
        points < soft
          ? `The best ${points} could do is a relative error of ${figure(error)} in W (Eckart–Young).`
          : `With soft labels ${soft} are enough.`,
      hint:
        points >= soft
          ? `Use --points ${fewest}, or --label-encoding soft.`
          : `Use --points ${fewest}, or ${encoding === 'soft' ? '' : '--label-encoding soft '}--allow-fewer for the best approximation.`,
      path: '--points',
      values: { points, needed: fewest, rank: spectrum.rank, relativeError: error },
    })
  },

  'labels-reach-model': ({ classLabels, encoding }) => labelsRefusal(classLabels!, encoding),
  'label-mean': ({ classLabels, encoding }) => labelsRefusal(classLabels!, encoding),
  'normal-equations': ({ preconditions }) =>
    new RetortError({
      code: 'usage/not-its-statistics',
      message: `the model is not that of the statistics: the residual of its normal equations is ${preconditions.find(({ id }) => id === 'normal-equations')?.measured}`,
      why: 'Points made from the statistics would give another model at every λ but one.',
      hint: 'Fit the model on the same statistics.',
    }),
  'ridge-bound': (plan) => boundRefusal(plan, plan.largestRidge),
} satisfies Partial<Record<PreconditionId, (plan: RidgePlan) => RetortError>>

/** Fixed labels cannot carry the slope or the intercept. */
export function labelsRefusal({ frame, meanError }: ClassLabels, encoding: LabelEncoding): RetortError {
  const slope = !(frame.unreached <= fitRounding)
  const share = slope ? frame.unreached : meanError
  return new RetortError({
    code: 'usage/labels-unreachable',
    message: slope
      ? `a share of ${figure(share)} of W lies outside the range of ${encoding} labels`
      : `no mean of the points gives the mean of ${encoding} labels: a share of ${figure(share)} stays`,
    why: slope
      ? 'A model is a combination of the labels that it is trained on.'
      : 'The intercept is exact only where the means of points and labels agree under the model.',
    hint: 'Use --label-encoding soft.',
    path: '--label-encoding',
    values: { unreached: frame.unreached, meanError },
  })
}

/** λ_S above what the labels, or the D of `paper-realistic`, allow. */
export function boundRefusal(
  { ridge, encoding, options, points, model }: RidgePlan,
  largest: number,
): RetortError {
  const near = options.variant === 'paper-realistic'
  const more = `--ipc ${Math.ceil((points * ridge) / largest / model.weight.rows)}`
  return new RetortError({
    code: 'usage/ridge-bound',
    message: `λ_S = ${ridge} is above ${figure(largest)}, the largest that ${near ? 'these examples' : `${encoding} labels`} allow with ${points} points`,
    why: near
      ? 'The bound is 1/(4 σ₁(D)²).'
      : 'The bound is 1/(4 ‖Y_S⁺W‖²), ipc/(4 ‖W‖²) for balanced classes: it grows with the number of points.',
    hint: near
      ? `Use --variant realistic, which serves every λ_S, or --ridge-distilled ${roundedDown(largest)}.`
      : `Use --on-bound scale, --on-bound soft, ${more}, or --ridge-distilled ${roundedDown(largest)}.`,
    path: '--ridge-distilled',
    values: { ridgeDistilled: ridge, largest },
  })
}

/** The labels of Algorithm 1 lack rank on these examples. */
export function labelRankRefusal({ points, spectrum }: RidgePlan): RetortError {
  return new RetortError({
    code: 'usage/label-rank',
    message: `the model's predictions on these ${points} real examples have rank below rank(W) = ${spectrum.rank}`,
    why: 'Corollary 4.1.1 needs labels of full rank.',
    hint: 'Use --variant realistic, or more --points.',
    path: '--variant',
    values: { points, rank: spectrum.rank },
  })
}

/** Fewer real examples than points. */
export function examplesRefusal(wanted: number, found: number): RetortError {
  return new RetortError({
    code: 'data/too-few-examples',
    message: `${wanted} real examples are needed for ${wanted} points, and there are ${found}`,
    why: 'Every realistic point stays near one example.',
    hint: `Use --points ${found} or fewer, or --variant noise.`,
    path: '--points',
    values: { wanted, found },
  })
}

function figure(value: number): number {
  return Number(value.toPrecision(3))
}

function roundedDown(value: number): number {
  const digit = 10 ** (Math.floor(Math.log10(value)) - 2)
  return Number((Math.floor(value / digit) * digit).toPrecision(3))
}

function conflict(flag: string, message: string, hint: string): RetortError {
  return new RetortError({ code: `usage/${flag}`, message, hint, path: `--${flag}` })
}

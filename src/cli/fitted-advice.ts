import type { Dataset } from '#core/dataset'
import type { Precondition } from '#core/precondition'
import { randomStream } from '#core/random'
import { givenFor } from '#engine/given-points'
import { ridgeTask } from '#engine/ridge-task'
import { createFeatures } from '#engine/features'
import { fitOriginal } from '#engine/fit'
import { fitOnFeatures } from '#engine/fit-features'
import { createStopwatch } from '#engine/stopwatch'
import { gaussNewtonOptions } from '#methods/gauss-newton-options'
import { maalouf, maaloufOptions } from '#methods/maalouf'
import { planGaussNewton } from '#methods/non-surjective/plan'
import { adviseRidge } from '#methods/ridge/advice'
import { ridgeLabelSolve, ridgeLabelSolveOptions } from '#methods/ridge-label-solve'
import type { RidgeTask } from '#methods/ridge-task'
import { theorem } from '#methods/theorems'
import type { DistillOptions, SortedSettings } from './distill-settings.ts'
import { ridgeOptionsOf, type MethodSettings } from './method-settings.ts'
import { preconditionLine } from './plan-lines.ts'
import type { Session } from './session.ts'
import { figure } from './wording.ts'

/** What only the fitted W can tell, for programs and for people. */
export interface FittedAdvice {
  readonly advice: Readonly<Record<string, unknown>> & { readonly preconditions: readonly Precondition[] }
  readonly lines: readonly string[]
}

type RidgeSettings = Extract<MethodSettings, { family: 'ridge' }>

/**
 * Fits W in one pass and measures what depends on it.
 * @param before assumptions that the plan has measured and that the fit does not change
 * @throws RetortError as reading, fitting and the method
 */
export async function fittedAdvice(
  dataset: Dataset,
  chosen: RidgeSettings,
  { options, settings, before }: AdviceRequest,
  { blas, watch }: Session,
): Promise<FittedAdvice> {
  const { fit: fitting } = settings
  const context = { blas, watch, stopwatch: createStopwatch() }
  const map = await createFeatures(settings.features, dataset.inputShape, fitting.seed, blas)
  const fit = await (map
    ? fitOnFeatures(dataset, fitting, map, context)
    : fitOriginal(dataset, fitting, context))
  const earlier = await givenFor({ ...chosen, dataset }, fit, blas)
  const task = { ...ridgeTask(dataset, fit, fitting.seed, blas), ...(earlier && { given: earlier }) }
  if (chosen.method === 'gauss-newton') return searchAdvice(task, chosen.methodOptions)
  if (chosen.method === 'maalouf') {
    const preconditions = await maalouf.preconditions(task, maaloufOptions.parse(chosen.methodOptions))
    return { advice: { preconditions }, lines: preconditions.map(preconditionLine) }
  }
  return ridgeAdvice(task, chosen, options, before)
}

export interface AdviceRequest {
  readonly options: DistillOptions
  readonly settings: SortedSettings
  readonly before: readonly Precondition[]
}

async function searchAdvice(task: RidgeTask, methodOptions: object): Promise<FittedAdvice> {
  const streams = (...tags: (string | number)[]) => randomStream(task.seed, 'gauss-newton', ...tags)
  const found = await planGaussNewton(task, gaussNewtonOptions.parse(methodOptions), streams)
  const { model, rank, fewest, points, preconditions } = found
  const { rows, cols } = model.weight
  return {
    advice: { weight: { rows, cols, rank }, fewest, points: points.first, preconditions },
    lines: [
      `W is ${rows} × ${cols} with rank ${rank}: ${fewest} points are needed for almost every such W, and the search begins with ${points.first}`,
      ...preconditions.map(preconditionLine),
    ],
  }
}

async function ridgeAdvice(
  task: RidgeTask,
  { method, methodOptions }: RidgeSettings,
  options: DistillOptions,
  before: readonly Precondition[],
): Promise<FittedAdvice> {
  const advice = await adviseRidge(task, ridgeOptionsOf(options))
  const { weight, minimum, largestRidge, errorByPoints } = advice
  const labelled = method === 'ridge-label-solve'
  const { statement, source } = labelled ? theorem('label-solve') : advice.theorem
  const preconditions = labelled
    ? await ridgeLabelSolve.preconditions(task, ridgeLabelSolveOptions.parse(methodOptions))
    : [...before, ...advice.preconditions]
  return {
    advice: { ...advice, preconditions },
    lines: [
      `W is ${weight.rows} × ${weight.cols} with rank ${weight.rank}, condition number ${figure(weight.conditionNumber)}`,
      ...Object.entries(minimum).map(
        ([labels, { points, statement: why }]) => `  ${String(points).padStart(6)}  ${labels}: ${why}`,
      ),
      `Largest λ_S for these labels: ${largestRidge === null ? 'no bound' : figure(largestRidge)}`,
      `Smallest error with 0, 1, 2, … points: ${errorByPoints.map((error) => figure(error)).join(', ')}`,
      `Theorem: ${statement} (${source})`,
      ...preconditions.map(preconditionLine),
    ],
  }
}

import type { Dataset } from '#core/dataset'
import type { Precondition } from '#core/precondition'
import { planKernel, type KernelPlan } from '#engine/kernel/plan'
import { planDistillation } from '#engine/plan-distillation'
import { planGaussNewtonSet, type GaussNewtonPlanned } from '#engine/plan-gauss-newton'
import { planMaaloufSet, type MaaloufPlanned } from '#engine/plan-maalouf'
import type { Plan } from '#engine/plan'
import { planTwoLayerSet, type TwoLayerPlanned } from '#engine/two-layer/plan'
import type { Blas } from '#linalg/blas'
import { gaussNewtonOptions } from '#methods/gauss-newton-options'
import { maaloufOptions } from '#methods/maalouf'
import type { DistillOptions, SortedSettings } from './distill-settings.ts'
import { gaussNewtonPlanLines, maaloufPlanLines } from './feature-method-lines.ts'
import { kernelPlanLines, planLines } from './plan-lines.ts'
import { twoLayerPlanLines } from './two-layer-lines.ts'

/** What can be said before any example is read, for programs and for people. */
export interface ChosenPlan {
  readonly plan: Plan | GaussNewtonPlanned | MaaloufPlanned | KernelPlan | TwoLayerPlanned
  readonly lines: readonly string[]
  /** What is known of the reach of the feature map, for methods that go through its inverse. */
  readonly reach: readonly Precondition[]
  /** Whether an assumption without which the method gives nothing is known to fail. */
  readonly refused: boolean
}

/** The plan of the method that was chosen. @throws RetortError as the method's own plan */
export async function planChosen(
  dataset: Dataset,
  options: Pick<DistillOptions, 'points' | 'ipc'>,
  { chosen, fit, features }: SortedSettings,
  blas: Blas,
): Promise<ChosenPlan> {
  const settings = { fit, features }
  if (chosen.family === 'two-layer') {
    const plan = await planTwoLayerSet(dataset, chosen.methodOptions, fit.seed, blas)
    return { plan, lines: twoLayerPlanLines(plan), reach: [], refused: fails(plan) }
  }
  if (chosen.family === 'kernel') {
    const plan = await planKernel(dataset, chosen, settings, blas)
    return { plan, lines: kernelPlanLines(plan), reach: [], refused: fails(plan) }
  }
  const { method, methodOptions } = chosen
  if (method === 'gauss-newton') {
    const plan = await planGaussNewtonSet(dataset, gaussNewtonOptions.parse(methodOptions), settings, blas)
    return { plan, lines: gaussNewtonPlanLines(plan), reach: [], refused: fails(plan) }
  }
  if (method === 'maalouf') {
    const plan = await planMaaloufSet(dataset, maaloufOptions.parse(methodOptions), settings, blas)
    return { plan, lines: maaloufPlanLines(plan), reach: [], refused: fails(plan) }
  }
  const points = options.points ?? dataset.target.names.length * (options.ipc ?? 1)
  const { plan } = await planDistillation(dataset, settings, points, blas)
  // Its assumptions decide about the number of points, not whether there are any.
  return { plan, lines: planLines(plan), reach: plan.features?.preconditions ?? [], refused: false }
}

function fails({ preconditions }: { readonly preconditions: readonly Precondition[] }): boolean {
  return preconditions.some(({ holds }) => holds === false)
}

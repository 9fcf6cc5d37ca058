import type { TwoLayerSet } from '#core/distilled-set'
import type { Method } from '#core/method'
import type { Precondition } from '#core/precondition'
import { randomStream } from '#core/random'
import { planTwoLayer } from './two-layer/plan.ts'
import { twoLayerPreconditions } from './two-layer/preconditions.ts'
import { progressOf } from './two-layer/progress.ts'
import { refuseTwoLayer } from './two-layer/refusals.ts'
import type { RandomStreams, TwoLayerRun, TwoLayerState } from './two-layer/run.ts'
import { setOf } from './two-layer/set.ts'
import { nextStep } from './two-layer/stages.ts'
import { twoLayerOptions, type TwoLayerOptions } from './two-layer-options.ts'
import type { TwoLayerTask } from './two-layer-task.ts'

/** Points and labels that teach a fresh two-layer network what gradient descent learned on all the data. */
export const twoLayer: Method<TwoLayerOptions, TwoLayerTask, TwoLayerState, TwoLayerSet> = {
  id: 'two-layer',
  title: 'Distillation of what gradient descent learned, for two-layer networks',
  summary:
    'Points for the first layer and labels for the second, from which any fresh network of any width trains.',
  paper: {
    authors: 'Y. Kinoshita, N. Nishikawa, T. Toyoizumi',
    title:
      'Dataset Distillation Efficiently Encodes Low-Dimensional Representations from Gradient-Based Learning of Non-Linear Tasks',
    venue: 'ICML 2026',
    url: 'https://arxiv.org/abs/2603.14830',
  },
  options: twoLayerOptions,
  async preconditions(task, options) {
    return twoLayerPreconditions(planTwoLayer(task, options, streamsOf(task.seed)))
  },
  /** @throws RetortError `usage/…` where a plan cannot work, with the setting that mends it */
  async init(task, options, random) {
    return resumeTwoLayer(task, options, random, { stage: 'linear part' })
  },
  async step({ plan, run }) {
    const next = await nextStep(plan, run)
    return { state: { plan, run: next }, progress: progressOf(plan, next), done: next.stage === 'done' }
  },
  async finish(state) {
    let { run } = state
    while (run.stage !== 'done') run = await nextStep(state.plan, run)
    return setOf(state.plan, run)
  },
}

/**
 * A state from a stored run: `state.run` is plain data.
 * @throws RetortError as `init`
 */
export function resumeTwoLayer(
  task: TwoLayerTask,
  options: TwoLayerOptions,
  random: RandomStreams,
  run: TwoLayerRun,
): TwoLayerState {
  const plan = planTwoLayer(task, options, random)
  refuseTwoLayer(plan)
  return { plan, run }
}

/** What the run found of the assumptions: H ≠ 0, the rank, the linear part, and those that were known before. */
export function twoLayerFindings({ plan, run }: TwoLayerState): Precondition[] {
  return twoLayerPreconditions(plan, run)
}

/**
 * All steps at once.
 * @param options as a user gives them; defaults are filled in
 */
export async function distillTwoLayer(
  task: TwoLayerTask,
  options: Partial<TwoLayerOptions> = {},
): Promise<TwoLayerSet> {
  return twoLayer.finish(await twoLayer.init(task, twoLayerOptions.parse(options), streamsOf(task.seed)))
}

function streamsOf(seed: number): RandomStreams {
  return (...tags) => randomStream(seed, 'two-layer', ...tags)
}

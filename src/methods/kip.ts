import type { Paper, Step } from '#core/method'
import type { Precondition } from '#core/precondition'
import type { Watch } from '#core/progress'
import { kernelSet } from './kernel-set.ts'
import type { KernelSet, KernelTask } from './kernel-task.ts'
import { lossCurve } from './kip/loss-curve.ts'
import { kipOptions, seesExamples, type KipOptions } from './kip/options.ts'
import { kipPreconditions, planKip, refuseKip, type KipPlan } from './kip/plan.ts'
import { resolveLabels } from './kip/statistics-loss.ts'
import { startFromExamples, stepVariables } from './kip/steps.ts'
import type { KipVariables } from './kip/variables.ts'
import type { RandomStreams } from './ridge/construction.ts'

/** The plan is made anew from task and options; the variables are what a checkpoint holds. */
export interface KipState {
  readonly plan: KipPlan
  readonly variables: KipVariables
  readonly random: RandomStreams
}

const paper: Paper = {
  authors: 'T. Nguyen, Z. Chen, J. Lee',
  title: 'Dataset Meta-Learning from Kernel Ridge-Regression',
  venue: 'ICLR 2021',
  url: 'https://arxiv.org/abs/2011.00050',
}

/** Points that are moved until kernel regression on them predicts the data. */
export const kip = {
  id: 'kip',
  title: 'Kernel inducing points',
  summary: 'Points moved by gradients until kernel ridge regression on them predicts the training data.',
  paper,
  options: kipOptions,
  async preconditions(task: KernelTask, options: KipOptions): Promise<Precondition[]> {
    return kipPreconditions(await planKip(task, options))
  },
  /** @throws RetortError `usage/…` where options and task do not fit */
  async init(task: KernelTask, options: KipOptions, random: RandomStreams): Promise<KipState> {
    const plan = await planKip(task, options)
    refuseKip(plan)
    return { plan, variables: await startFromExamples(plan, random), random }
  },
  async step({ plan, variables, random }: KipState): Promise<Step<KipState>> {
    const { steps } = plan.options
    const next = variables.step < steps ? await stepVariables(plan, variables, random) : variables
    return {
      state: { plan, variables: next, random },
      progress: {
        stage: 'distil',
        done: next.step,
        total: steps,
        unit: 'steps',
        figure: { name: 'loss', value: next.loss },
      },
      done: next.step >= steps,
    }
  },
  async finish({ plan, variables }: KipState, watch: Watch = {}): Promise<KernelSet> {
    const { task, options, variant, learningRate, kernel, features, offset } = plan
    const { ridgeShare, batch, schedule, learnLabels } = options
    const { points } = variables
    const solved = variant === 'authors' || variant === 'authors-statistics'
    const labels =
      solved && features
        ? (
            await resolveLabels(
              await features.map.forward(points, task.blas),
              features.moments,
              ridgeShare,
              task.blas,
            )
          ).labels
        : variables.labels
    const settled = {
      variant,
      steps: variables.step,
      learningRate,
      schedule,
      ...(seesExamples(variant) ? { batch } : {}),
      losses: lossCurve(variables.losses),
      pointLabels: solved ? 'solved' : learnLabels ? 'learned' : 'fixed',
    }
    return kernelSet(task, { method: kip.id, kernel, points, labels, offset, ridgeShare, settled }, watch)
  },
}

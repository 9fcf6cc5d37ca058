import type { RidgeSet } from '#core/distilled-set'
import type { Method } from '#core/method'
import { randomStream } from '#core/random'
import { centringOf } from './closed-form/centring.ts'
import type { Construction, RandomStreams } from './ridge/construction.ts'
import { dSet } from './ridge/d-set.ts'
import { noiseSet } from './ridge/noise.ts'
import { ridgeOptions, type RidgeOptions } from './ridge-options.ts'
import { planRidge, type RidgePlan } from './ridge/plan.ts'
import { paperRealisticSet, realisticSet } from './ridge/realistic.ts'
import { refusePlan } from './ridge/refusals.ts'
import type { RidgeTask } from './ridge-task.ts'

/** A closed form is computed in one step: it is never worth storing half-way. */
export type RidgeState =
  | { readonly stage: 'planned'; readonly plan: RidgePlan; readonly random: RandomStreams }
  | { readonly stage: 'built'; readonly set: RidgeSet }

/** Points on which ridge regression gives exactly the model of the whole data. */
export const ridge: Method<RidgeOptions, RidgeTask, RidgeState, RidgeSet> = {
  id: 'ridge',
  title: 'Exact distillation for ridge regression',
  summary: 'Points on which ridge regression gives exactly the model of the whole data, by theorem.',
  paper: {
    authors: 'Y. Chen, W. Huang, T.-W. Weng',
    title: 'Provable and Efficient Dataset Distillation for Kernel Ridge Regression',
    venue: 'NeurIPS 2024',
    url: 'https://openreview.net/forum?id=WI2VpcBdnd',
  },
  options: ridgeOptions,
  usesExamples: ({ variant }) => variant === 'realistic' || variant === 'paper-realistic',
  async preconditions(task, options) {
    return [...(await planRidge(task, options)).preconditions]
  },
  /** @throws RetortError `usage/…` where a precondition fails, with the setting that mends it */
  async init(task, options, random) {
    const plan = await planRidge(task, options)
    refusePlan(plan)
    return { stage: 'planned', plan, random }
  },
  async step(state) {
    const built: RidgeState =
      state.stage === 'built' ? state : { stage: 'built', set: await build(state.plan, state.random) }
    return { state: built, progress: { stage: 'distil', done: 1, total: 1, unit: 'steps' }, done: true }
  },
  async finish(state) {
    return state.stage === 'built' ? state.set : build(state.plan, state.random)
  },
}

/**
 * All steps at once.
 * @param options as a user gives them; defaults are filled in
 * @throws RetortError where an option or a precondition does not hold
 */
export async function distillRidge(task: RidgeTask, options: Partial<RidgeOptions> = {}): Promise<RidgeSet> {
  const random: RandomStreams = (...tags) => randomStream(task.seed, 'ridge', ...tags)
  return ridge.finish(await ridge.init(task, ridgeOptions.parse(options), random))
}

async function build(plan: RidgePlan, random: RandomStreams): Promise<RidgeSet> {
  const { task, options } = plan
  const every = options.variant === 'd-set'
  const { points, labels, classes, references, model = plan.model } = await construct(plan, random)
  return {
    points,
    labels,
    classes,
    references,
    inputShape: task.inputShape,
    target: task.target,
    preprocessing: task.preprocessing,
    training: {
      kind: 'ridge',
      ridge: every ? model.ridge : plan.ridge,
      intercept: model.intercept,
      originalRidge: every ? 'all' : model.ridge,
      weight: model.weight,
      bias: model.bias,
    },
    method: ridge.id,
    options: resolved(plan, points.rows),
    seed: task.seed,
    provenance: task.statistics.provenance,
  }
}

async function construct(plan: RidgePlan, random: RandomStreams): Promise<Construction> {
  const { task, options, carried, points } = plan
  if (options.variant === 'd-set') return dSet(plan)
  const centring = await centringOf(task.blas, points, carried.intercept)
  switch (options.variant) {
    case 'noise':
    case 'paper-noise':
      return noiseSet(plan, centring, random)
    case 'realistic':
      return realisticSet(plan, centring, random)
    case 'paper-realistic':
      return paperRealisticSet(plan, centring)
  }
}

/** The options as they were settled, plain JSON. */
function resolved({ options, encoding, ridge: value, labelScale, task }: RidgePlan, points: number) {
  const { variant, roots, onBound, allowFewer, noiseSize, conditioning } = options
  const classes = task.target.kind === 'class' ? task.target.names.length : undefined
  return {
    variant,
    points,
    ...(classes !== undefined && points % classes === 0 ? { ipc: points / classes } : {}),
    labelEncoding: encoding,
    centredModel: options.labelEncoding === 'centred',
    ridgeDistilled: variant === 'd-set' ? task.model.ridge : value,
    ...(variant === 'd-set' ? {} : { roots, onBound, labelScale, allowFewer }),
    ...(variant === 'noise' || variant === 'paper-noise' ? { noiseSize } : {}),
    ...(variant === 'realistic' ? { conditioning } : {}),
  }
}

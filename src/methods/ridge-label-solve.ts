import { z } from 'zod'
import type { RidgeSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import type { Method } from '#core/method'
import type { Precondition } from '#core/precondition'
import { randomStream } from '#core/random'
import type { Span } from './closed-form/span.ts'
import { spanOf } from './closed-form/span.ts'
import { labelsFor } from './feature-labels.ts'
import { fixedPoints, pointsFromOption } from './fixed-points.ts'
import { pointCount } from './kernel-options.ts'
import type { RandomStreams } from './ridge/construction.ts'
import { fitRounding, promisedModel } from './ridge/promised-model.ts'
import { ridgeSet } from './ridge-set.ts'
import type { RidgeTask } from './ridge-task.ts'
import { theorem } from './theorems.ts'

/** What a user may set for `label-solve` without a kernel; the names are the flags of `retort distill`. */
export const ridgeLabelSolveOptions = z.strictObject({
  points: z.int().min(1).optional().describe('number of points m (default: one per class, real targets 10)'),
  ipc: z.int().min(1).optional().describe('points per class; another way to give --points'),
  pointsFrom: pointsFromOption,
  reuse: z.string().min(1).optional().describe('folder of an earlier set whose points are labelled anew'),
  ridgeDistilled: z.number().min(0).default(0).describe('λ_S that the set is to be trained with'),
})

export type RidgeLabelSolveOptions = z.output<typeof ridgeLabelSolveOptions>

export type RidgeLabelSolveState =
  | {
      readonly stage: 'planned'
      readonly task: RidgeTask
      readonly options: RidgeLabelSolveOptions
      readonly random: RandomStreams
    }
  | { readonly stage: 'built'; readonly set: RidgeSet }

/** Points stay where they are, and their labels alone are solved for: exact where they span W, else as near as can be. */
export const ridgeLabelSolve: Method<RidgeLabelSolveOptions, RidgeTask, RidgeLabelSolveState, RidgeSet> = {
  id: 'ridge-label-solve',
  title: 'Labels for given points',
  summary:
    'Real, random or earlier points, relabelled: ridge regression on them gives W, or the nearest to it that they carry.',
  paper: {
    authors: 'Y. Chen, W. Huang, T.-W. Weng',
    title: 'Provable and Efficient Dataset Distillation for Kernel Ridge Regression',
    venue: 'NeurIPS 2024',
    url: 'https://openreview.net/forum?id=WI2VpcBdnd',
  },
  options: ridgeLabelSolveOptions,
  usesExamples: ({ pointsFrom, reuse }) => pointsFrom !== 'gaussian' && reuse === undefined,
  async preconditions(task, options) {
    const { features } = await pointsOf(task, options, streams(task.seed))
    const model = promisedModel(task, false)
    const needed = model.weight.cols + (model.intercept ? 1 : 0)
    const enough: Precondition = {
      id: 'enough-for-every-model',
      theorem: theorem('label-solve').source,
      statement: 'as many points as features, and one more with an intercept: enough for every W',
      holds: features.rows >= needed ? true : 'unknown',
      measured: features.rows,
      needed: `at least ${needed}; fewer serve a W that lies in their span`,
    }
    return [enough, spanPrecondition(await spanOf(task.blas, features, model), model.weight.cols)]
  },
  async init(task, options, random) {
    return { stage: 'planned', task, options, random }
  },
  async step(state) {
    const built: RidgeLabelSolveState =
      state.stage === 'built' ? state : { stage: 'built', set: await build(state) }
    return { state: built, progress: { stage: 'distil', done: 1, total: 1, unit: 'steps' }, done: true }
  },
  /** @throws RetortError `data/too-few-examples`, `usage/points-and-ipc`, `usage/ipc-without-classes` */
  async finish(state) {
    return state.stage === 'built' ? state.set : build(state)
  },
}

/**
 * All steps at once.
 * @param options as a user gives them; defaults are filled in
 */
export async function distillLabels(
  task: RidgeTask,
  options: Partial<RidgeLabelSolveOptions> = {},
): Promise<RidgeSet> {
  const parsed = ridgeLabelSolveOptions.parse(options)
  return ridgeLabelSolve.finish(await ridgeLabelSolve.init(task, parsed, streams(task.seed)))
}

/** Whether W lies in what the points span, as advisor and certificate read it. */
export function spanPrecondition({ rank, missed }: Span, features: number): Precondition {
  return {
    id: 'points-span-model',
    theorem: theorem('label-solve').source,
    statement: `W lies in the span of the points, of ${rank} dimensions of ${features}; the share of it outside is`,
    holds: missed <= fitRounding,
    measured: missed,
    needed: `at most ${fitRounding}`,
  }
}

async function pointsOf(
  task: RidgeTask,
  options: RidgeLabelSolveOptions,
  random: RandomStreams,
): Promise<{ points: Matrix; classes?: Int32Array; features: Matrix }> {
  const { blas, features: map, given } = task
  const found = given ?? (await fixedPoints(task, options.pointsFrom, pointCount(options, task), random))
  return { ...found, features: map ? await map.forward(found.points, blas) : found.points }
}

async function build({
  task,
  options,
  random,
}: Extract<RidgeLabelSolveState, { stage: 'planned' }>): Promise<RidgeSet> {
  const { blas, given, target } = task
  const { points, classes, features } = await pointsOf(task, options, random)
  const model = promisedModel(task, false)
  const { rank } = await spanOf(blas, features, model)
  const { labels } = await labelsFor(blas, features, model, options.ridgeDistilled)
  const k = target.kind === 'class' ? target.names.length : undefined
  const count = points.rows
  return ridgeSet(task, model, {
    method: ridgeLabelSolve.id,
    points,
    labels,
    classes,
    ridge: options.ridgeDistilled,
    settled: {
      ...(k !== undefined && count % k === 0 ? { ipc: count / k } : {}),
      pointsFrom: given ? 'given' : options.pointsFrom,
      rank,
    },
  })
}

function streams(seed: number): RandomStreams {
  return (...tags) => randomStream(seed, ridgeLabelSolve.id, ...tags)
}

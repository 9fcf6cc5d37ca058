import { z } from 'zod'
import type { RidgeSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { Method } from '#core/method'
import { randomStream } from '#core/random'
import { centringOf } from './closed-form/centring.ts'
import { spectrumOf } from './closed-form/spectrum.ts'
import { labelsFor } from './feature-labels.ts'
import { fixedPoints, pointsFromOption } from './fixed-points.ts'
import { fewestPoints, maaloufPoints, maaloufPreconditions, type FeatureSpace } from './maalouf-points.ts'
import type { RandomStreams } from './ridge/construction.ts'
import { ridgeSet } from './ridge-set.ts'
import type { RidgeTask } from './ridge-task.ts'
import { promisedModel } from './ridge/promised-model.ts'

/** What a user may set for `maalouf`; the names are the flags of `retort distill`. */
export const maaloufOptions = z.strictObject({
  points: z
    .int()
    .min(1)
    .optional()
    .describe('number of points m (default: that of features and the oversampling)'),
  oversampling: z
    .number()
    .min(0)
    .default(0.02)
    .describe('points beyond the number of features, as a share of it: better conditioned'),
  pointsFrom: pointsFromOption,
  ridgeDistilled: z.number().min(0).default(0).describe('λ_S that the set is to be trained with'),
})

export type MaaloufOptions = z.output<typeof maaloufOptions>

export type MaaloufState =
  | {
      readonly stage: 'planned'
      readonly task: RidgeTask
      readonly options: MaaloufOptions
      readonly random: RandomStreams
    }
  | { readonly stage: 'built'; readonly set: RidgeSet }

/** Error of W, through training, up to which the labels count as exact. */
const exactError = 1e-8

/** As many points as features, anywhere, with solved labels: sure for every feature map and every W. */
export const maalouf: Method<MaaloufOptions, RidgeTask, MaaloufState, RidgeSet> = {
  id: 'maalouf',
  title: 'Labels for as many points as features',
  summary:
    'Real or random points, one for every feature and a few more, with labels that give back W: always exact.',
  paper: {
    authors: 'A. Maalouf, M. Tukan, N. Loo, R. Hasani, M. Lechner, D. Rus',
    title: 'On the Size and Approximation Error of Distilled Sets',
    venue: 'NeurIPS 2023',
    url: 'https://arxiv.org/abs/2305.14113',
  },
  options: maaloufOptions,
  usesExamples: ({ pointsFrom }) => pointsFrom !== 'gaussian',
  async preconditions(task, options) {
    return maaloufPreconditions(spaceOf(task), options)
  },
  /** @throws RetortError `usage/too-few-points` */
  async init(task, options, random) {
    const space = spaceOf(task)
    const [points, needed] = [maaloufPoints(space, options), fewestPoints(space)]
    if (points < needed) {
      throw new RetortError({
        code: 'usage/too-few-points',
        message: `${points} points cannot span ${space.featureSize} features: at least ${needed} are needed`,
        why: 'Points that are not chosen for this very model serve it only where they span everything.',
        hint: `Leave --points out, or use --method gauss-newton, which searches for fewer.`,
        path: '--points',
        values: { points, needed },
      })
    }
    return { stage: 'planned', task, options, random }
  },
  async step(state) {
    const built: MaaloufState = state.stage === 'built' ? state : { stage: 'built', set: await build(state) }
    return { state: built, progress: { stage: 'distil', done: 1, total: 1, unit: 'steps' }, done: true }
  },
  /** @throws RetortError `check/rank` where the features of the points do not span the model */
  async finish(state) {
    return state.stage === 'built' ? state.set : build(state)
  },
}

/**
 * All steps at once.
 * @param options as a user gives them; defaults are filled in
 */
export async function distillMaalouf(
  task: RidgeTask,
  options: Partial<MaaloufOptions> = {},
): Promise<RidgeSet> {
  const random: RandomStreams = (...tags) => randomStream(task.seed, 'maalouf', ...tags)
  return maalouf.finish(await maalouf.init(task, maaloufOptions.parse(options), random))
}

function spaceOf({ model }: RidgeTask): FeatureSpace {
  return { featureSize: model.weight.cols, intercept: model.intercept }
}

async function build({
  task,
  options,
  random,
}: Extract<MaaloufState, { stage: 'planned' }>): Promise<RidgeSet> {
  const { blas, features: map } = task
  const count = maaloufPoints(spaceOf(task), options)
  const { points, classes } = await fixedPoints(task, options.pointsFrom, count, random)
  const features = map ? await map.forward(points, blas) : points
  const model = promisedModel(task, false)
  const centring = await centringOf(blas, count, model.intercept)
  const { rank } = await spectrumOf(blas, await centring.reduce(features))
  const { labels, error } = await labelsFor(blas, features, model, options.ridgeDistilled)
  if (!(error < exactError)) throw rankRefusal(options, rank, features.cols, error)
  return ridgeSet(task, model, {
    method: maalouf.id,
    points,
    labels,
    classes,
    ridge: options.ridgeDistilled,
    settled: { pointsFrom: options.pointsFrom, rank },
  })
}

function rankRefusal(
  { pointsFrom }: MaaloufOptions,
  rank: number,
  features: number,
  error: number,
): RetortError {
  return new RetortError({
    code: 'check/rank',
    message: `the features of these points have rank ${rank} of ${features}, and miss a share of ${error.toPrecision(3)} of W`,
    why: 'Labels give back only what the features span.',
    hint:
      pointsFrom === 'gaussian'
        ? 'Use a feature map with fewer features, or another seed.'
        : 'Use --points-from gaussian.',
    path: '--points-from',
    values: { rank, features, relativeError: error },
  })
}

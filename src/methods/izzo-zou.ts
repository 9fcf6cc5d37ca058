import { z } from 'zod'
import type { DistilledSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { Method } from '#core/method'
import type { FeatureMap } from '#features/feature-map'
import { distillRidge, ridge } from './ridge.ts'
import type { RidgeTask } from './ridge-task.ts'
import { ridgeOptions } from './ridge-options.ts'

/** Nothing is left to set: the points follow from the data. */
export const izzoZouOptions = z.strictObject({})

export type IzzoZouOptions = z.output<typeof izzoZouOptions>

/** On inputs, or on features where there is a map that every feature can be reached through. */
export type IzzoZouTask = RidgeTask & { readonly map?: FeatureMap }

export type IzzoZouState =
  | { readonly stage: 'planned'; readonly task: IzzoZouTask }
  | { readonly stage: 'built'; readonly set: DistilledSet }

/** What a right inverse may leave of the features. */
const smallResidual = 1e-8

/** As many points as dimensions, which give the model of the whole data for every λ: the d-set, by its name. */
export const izzoZou: Method<IzzoZouOptions, IzzoZouTask, IzzoZouState> = {
  id: 'izzo-zou',
  title: 'One set for every λ',
  summary:
    'As many points as dimensions, on which ridge regression gives the model of the whole data for every λ.',
  paper: {
    authors: 'Z. Izzo, J. Zou',
    title: 'A Theoretical Study of Dataset Distillation',
    venue: 'NeurIPS 2023 Workshop on Mathematics of Modern Machine Learning',
    url: 'https://openreview.net/forum?id=dq5QGXGxoJ',
  },
  options: izzoZouOptions,
  preconditions: (task) => ridge.preconditions(task, ridgeOptions.parse({ variant: 'd-set' })),
  /** @throws RetortError `usage/not-onto` for a map that does not reach all of its features */
  async init(task) {
    if (task.map && !reachesAll(task.map)) throw notOnto(task.map)
    return { stage: 'planned', task }
  },
  async step(state) {
    const built: IzzoZouState =
      state.stage === 'built' ? state : { stage: 'built', set: await build(state.task) }
    return { state: built, progress: { stage: 'distil', done: 1, total: 1, unit: 'steps' }, done: true }
  },
  async finish(state) {
    return state.stage === 'built' ? state.set : build(state.task)
  },
}

/** All steps at once. */
export async function distillIzzoZou(task: IzzoZouTask): Promise<DistilledSet> {
  return izzoZou.finish(await izzoZou.init(task, {}, () => unused()))
}

function unused(): never {
  throw new RangeError('nothing is drawn')
}

/** Without rescaling: a factor on the features would be another one on every λ. */
function reachesAll({ surjective: { holds } }: FeatureMap): boolean {
  return holds === 'always' || holds === 'almost surely'
}

async function build(task: IzzoZouTask): Promise<DistilledSet> {
  const set = { ...(await distillRidge(task, { variant: 'd-set' })), method: izzoZou.id }
  const { map, blas } = task
  if (!map) return set
  const { points, scale, residual } = await map.rightInverse(set.points, blas)
  if (scale !== 1 || !(residual < smallResidual)) throw lostInInverse(map, residual)
  return { ...set, points }
}

function notOnto({ id, surjective }: FeatureMap): RetortError {
  return new RetortError({
    code: 'usage/not-onto',
    message: `feature map ${id} does not reach all of its features: ${surjective.reason}`,
    why: 'Points for every λ are prescribed by the data, and must be reached as they are.',
    hint: 'Use a map that no layer of widens, or --method gauss-newton or maalouf for one λ.',
    path: '--features',
    values: { featureMap: id },
  })
}

function lostInInverse({ id }: FeatureMap, residual: number): RetortError {
  return new RetortError({
    code: 'check/inverse',
    message: `the inverse of feature map ${id} misses the features by ${residual.toPrecision(3)} (relative)`,
    why: 'Its layers are too badly conditioned for float64.',
    hint: 'Use orthogonal weights, or fewer layers.',
    values: { featureMap: id, residual },
  })
}

import { z } from 'zod'
import type { RidgeSet } from '#core/distilled-set'
import type { Method } from '#core/method'
import { randomStream } from '#core/random'
import { kernelRidge, type KernelRidgeState } from './kernel-ridge.ts'
import type { RandomStreams } from './ridge/construction.ts'
import { ridge, type RidgeState } from './ridge.ts'
import type { RidgeTask } from './ridge-task.ts'
import { ridgeOptions } from './ridge-options.ts'

/** Nothing is left to set: the points follow from the data. */
export const izzoZouOptions = z.strictObject({})

export type IzzoZouOptions = z.output<typeof izzoZouOptions>

export type IzzoZouState =
  | { readonly of: 'ridge'; readonly inner: RidgeState }
  | { readonly of: 'kernel-ridge'; readonly inner: KernelRidgeState }

/** The d-set of `ridge`, or of `kernel-ridge` where there is a feature map. */
const everyRidge = ridgeOptions.parse({ variant: 'd-set' })

/** As many points as dimensions, which give the model of the whole data for every λ: the d-set, by its name. */
export const izzoZou: Method<IzzoZouOptions, RidgeTask, IzzoZouState, RidgeSet> = {
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
  preconditions: (task) => (task.features ? kernelRidge : ridge).preconditions(task, everyRidge),
  /** @throws RetortError as `ridge` and `kernel-ridge` do */
  async init(task, _options, random) {
    return task.features
      ? { of: 'kernel-ridge', inner: await kernelRidge.init(task, everyRidge, random) }
      : { of: 'ridge', inner: await ridge.init(task, everyRidge, random) }
  },
  async step(state) {
    if (state.of === 'ridge') {
      const step = await ridge.step(state.inner)
      return { ...step, state: { of: state.of, inner: step.state } }
    }
    const step = await kernelRidge.step(state.inner)
    return { ...step, state: { of: state.of, inner: step.state } }
  },
  async finish(state) {
    const set = await (state.of === 'ridge' ? ridge.finish(state.inner) : kernelRidge.finish(state.inner))
    return { ...set, method: izzoZou.id }
  },
}

/** All steps at once. */
export async function distillIzzoZou(task: RidgeTask): Promise<RidgeSet> {
  const random: RandomStreams = (...tags) => randomStream(task.seed, 'izzo-zou', ...tags)
  return izzoZou.finish(await izzoZou.init(task, {}, random))
}

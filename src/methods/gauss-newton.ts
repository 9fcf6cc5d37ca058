import type { RidgeSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { stackRows } from '#core/matrix'
import type { Method } from '#core/method'
import type { Watch } from '#core/progress'
import { randomStream } from '#core/random'
import { featuresOf } from './feature-task.ts'
import {
  gaussNewtonOptions,
  usualRestarts,
  usualSteps,
  type GaussNewtonOptions,
} from './gauss-newton-options.ts'
import { labelsFor } from './feature-labels.ts'
import { planGaussNewton, type GaussNewtonPlan } from './non-surjective/plan.ts'
import { notFound, refuseGaussNewton } from './non-surjective/refusals.ts'
import { morePoints } from './non-surjective/search-range.ts'
import { continueSearch, startSearch, type Search } from './non-surjective/search.ts'
import type { SpanProblem } from './non-surjective/span-problem.ts'
import { stepCost } from './non-surjective/step-cost.ts'
import { restoreSearch, storeSearch } from './non-surjective/stored-search.ts'
import { startingPoints, withoutLeastUsed } from './non-surjective/starts.ts'
import type { RandomStreams } from './ridge/construction.ts'
import { ridgeSet } from './ridge-set.ts'
import type { RidgeTask } from './ridge-task.ts'

/** Where the method stands, as plain data: with the same task and options it goes on from here to the same set. */
export interface GaussNewtonRecord {
  /** Start that is under way, from 0, for this number of points. */
  readonly start: number
  readonly search: Search
  /** The points of the smallest residual, of the starts with the present number of points or fewer. */
  readonly best: { readonly points: Matrix; readonly residual: number }
  /** The fewest points that hold the model, as trained. */
  readonly found?: Matrix
  /** Steps and seconds of all starts together. */
  readonly steps: number
  readonly seconds: number
  /** Floating-point operations of these steps, by leading-order counts. */
  readonly operations: number
  readonly outcome: 'searching' | 'found' | 'not-found'
}

export interface GaussNewtonState {
  readonly plan: GaussNewtonPlan
  readonly record: GaussNewtonRecord
}

/** Error of W, through training on φ(X_S), below which a set counts as found. */
export const foundError = 1e-8

/** The fewest points behind a feature map that does not reach all of its feature space. */
export const gaussNewton: Method<GaussNewtonOptions, RidgeTask, GaussNewtonState, RidgeSet> = {
  id: 'gauss-newton',
  title: 'Exact distillation behind non-surjective feature maps',
  summary: 'Points, searched for, whose features span W: far fewer than the p that the paper asks for.',
  paper: {
    authors: 'Y. Chen, W. Huang, T.-W. Weng',
    title: 'Provable and Efficient Dataset Distillation for Kernel Ridge Regression (open question)',
    venue: 'NeurIPS 2024',
    url: 'https://openreview.net/forum?id=WI2VpcBdnd',
  },
  options: gaussNewtonOptions,
  async preconditions(task, options) {
    return [...(await planGaussNewton(task, options, streamsOf(task))).preconditions]
  },
  /** @throws RetortError `usage/…` where a precondition fails */
  async init(task, options, random) {
    const plan = await planGaussNewton(task, options, random)
    refuseGaussNewton(plan)
    const points = startingPoints(plan.references, plan.points.first, random('start', plan.points.first, 0))
    const best = { points, residual: Infinity }
    const record = { start: 0, search: startSearch(points), best, steps: 0, seconds: 0, operations: 0 }
    return { plan, record: { ...record, outcome: 'searching' } }
  },
  async step({ plan, record }) {
    const next = await advanced(plan, record)
    return {
      state: { plan, record: next },
      progress: {
        stage: `search for ${next.search.points.rows} points`,
        done: next.steps,
        unit: 'steps',
        figure: { name: 'residual', value: next.search.size },
      },
      done: next.outcome !== 'searching',
    }
  },
  /** @throws RetortError `budget/not-found` with the smallest residual, where no start came to an end */
  async finish({ plan, record }) {
    const { set, error } = await bestSet(plan, record)
    if (record.found) return set
    throw notFound(plan, record, error)
  },
  operations: ({ record }) => record.operations,
  resume: {
    store: ({ record }) => storeSearch(record),
    restore({ plan }, stored) {
      const record = restoreSearch(stored, plan.map.inputSize)
      return record && { plan, record }
    },
  },
}

/**
 * All steps at once.
 * @param options as a user gives them; defaults are filled in
 * @throws RetortError `budget/not-found`, or where an option or a precondition does not hold
 */
export async function distillGaussNewton(
  task: RidgeTask,
  options: Partial<GaussNewtonOptions> = {},
  watch: Watch = {},
): Promise<RidgeSet> {
  const stopped = { ...task, signal: watch.signal ?? task.signal }
  let state = await gaussNewton.init(stopped, gaussNewtonOptions.parse(options), streamsOf(task))
  for (let done = false; !done;) {
    watch.signal?.throwIfAborted()
    const step = await gaussNewton.step(state)
    watch.report?.(step.progress)
    state = step.state
    done = step.done
  }
  return gaussNewton.finish(state)
}

/** The set of the best points so far, exact or not, with the relative error of the model that it trains to. */
export async function bestSet(
  plan: GaussNewtonPlan,
  { best, found }: Pick<GaussNewtonRecord, 'best' | 'found'>,
): Promise<{ set: RidgeSet; error: number; conditionNumber: number }> {
  const { task, options, model, fewest, rank } = plan
  const { ridgeDistilled: ridge } = options
  const points = found ?? best.points
  const features = await featuresOf(task, gaussNewton.id).forward(points, task.blas)
  const { labels, error, conditionNumber } = await labelsFor(task.blas, features, model, ridge)
  const settled = { fewest, rank }
  const set = ridgeSet(task, model, { method: gaussNewton.id, points, labels, ridge, settled })
  return { set, error, conditionNumber }
}

function streamsOf({ seed }: RidgeTask): RandomStreams {
  return (...tags) => randomStream(seed, 'gauss-newton', ...tags)
}

async function advanced(plan: GaussNewtonPlan, record: GaussNewtonRecord): Promise<GaussNewtonRecord> {
  const { problem, options } = plan
  if (!problem || record.outcome !== 'searching') return record
  const began = performance.now()
  const search = await continueSearch(problem, record.search, plan.task.signal)
  const steps = record.steps + 1
  const operations = record.operations + operationsBetween(plan, record.search, search)
  const seconds = record.seconds + (performance.now() - began) / 1000
  const best =
    search.size < record.best.residual ? { points: search.points, residual: search.size } : record.best
  const next = { ...record, search, best, steps, seconds, operations }
  if (search.outcome !== 'searching' && best.residual < foundError) {
    const { error } = await bestSet(plan, { best })
    if (error < foundError) return afterFound(plan, problem, next, best.points)
  }
  if (options.seconds !== undefined && seconds >= options.seconds) {
    return { ...next, outcome: next.found ? 'found' : 'not-found' }
  }
  if (search.outcome === 'searching' && search.steps < (options.steps ?? usualSteps)) return next
  return nextStart(plan, next)
}

/** Floating-point operations of the steps that lie between two states of one search. */
function operationsBetween({ problem, map }: GaussNewtonPlan, before: Search, after: Search): number {
  if (!problem) return 0
  const { fixed, iteration } = stepCost({
    points: before.points.rows,
    inputs: map.inputSize,
    features: problem.rows.cols,
    rank: problem.rows.rows,
    operations: map.operations,
  })
  return fixed * (after.steps - before.steps) + iteration * (after.iterations - before.iterations)
}

/** What follows a start that has come to an end: a start with fewer points, another one, or one with more. */
function nextStart(plan: GaussNewtonPlan, record: GaussNewtonRecord): GaussNewtonRecord {
  const { options, points, references, random } = plan
  const { rows } = record.search.points
  const drawn = (count: number, start: number) =>
    startingPoints(references, count, random('start', rows, start))
  if (record.start + 1 < (options.restarts ?? usualRestarts)) {
    const start = record.start + 1
    return { ...record, start, search: startSearch(drawn(rows, start)) }
  }
  if (record.found) return { ...record, outcome: 'found' }
  const more = morePoints(rows, points)
  if (more === undefined) return { ...record, outcome: 'not-found' }
  const grown = stackRows(record.best.points, drawn(more - record.best.points.rows, record.start + 1))
  return { ...record, start: 0, search: startSearch(grown) }
}

/** The least used point left out, where fewer points are asked for and may be enough. */
async function afterFound(
  plan: GaussNewtonPlan,
  problem: SpanProblem,
  record: GaussNewtonRecord,
  found: Matrix,
): Promise<GaussNewtonRecord> {
  if (!plan.options.shrink || found.rows <= plan.fewest) return { ...record, found, outcome: 'found' }
  const fewer = await withoutLeastUsed(problem, found)
  return {
    ...record,
    found,
    start: 0,
    search: startSearch(fewer),
    best: { points: fewer, residual: Infinity },
  }
}

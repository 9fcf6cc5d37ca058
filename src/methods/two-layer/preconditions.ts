import { z } from 'zod'
import type { TwoLayerSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { Precondition } from '#core/precondition'
import { twoLayerOptions, type TwoLayerOptions } from '../two-layer-options.ts'
import type { TwoLayerPlan, TwoLayerRun } from './run.ts'

const teacher = 'Damian, Lee, Soltanolkotabi, COLT 2022, as remembered'
const ours = 'Retort, docs/methods/two-layer.md'

/** More steps of power iteration leave the leading direction alone. */
export const mostSteps = 10
/** Curvature less than this many times that of noise is taken for none. */
export const leastSignal = 2

export type TwoLayerPreconditionId =
  | 'enough-examples'
  | 'enough-points'
  | 'few-steps'
  | 'linear-part'
  | 'inner-weight-decay'
  | 'inner-step'
  | 'curvature'
  | 'hessian-rank'

/**
 * What the derivation assumes, with what was measured. Before the run curvature and rank are unknown; afterwards they
 * are read from it.
 */
export function twoLayerPreconditions(plan: TwoLayerPlan, run?: TwoLayerRun): Precondition[] {
  return preconditionsOf(factsOf(plan, run))
}

/** The same of a finished set, from what it records. @param examples n */
export function preconditionsOfSet(set: TwoLayerSet, examples: number): Precondition[] {
  const { points, training } = set
  const recorded = recordedOf(set)
  return preconditionsOf({
    options: recorded,
    count: examples,
    reused: recorded.saved !== undefined,
    inputSize: points.cols,
    points: points.rows,
    steps: recorded.steps ?? 0,
    refinement: recorded.refinement,
    found: training.basis.rows,
    linearShare: recorded.linearShare,
    ...(recorded.curvature !== null && { signal: recorded.curvature }),
  })
}

/**
 * The options that a set was made with.
 * @throws RetortError `artefact/corrupt` where they are none
 */
export function recordedOptions(set: TwoLayerSet): TwoLayerOptions {
  return z.object(twoLayerOptions.shape).parse(recordedOf(set))
}

/** What the preconditions are read from. */
interface TwoLayerFacts {
  readonly options: Pick<
    TwoLayerOptions,
    'rank' | 'matching' | 'linearPart' | 'tied' | 'innerReset' | 'innerStep'
  >
  readonly count: number
  /** Whether the points were taken over. */
  readonly reused: boolean
  readonly inputSize: number
  readonly points: number
  readonly steps: number
  readonly refinement: number
  readonly signal?: number
  readonly linearShare?: number
  /** r̂ */
  readonly found?: number
}

const recordedFacts = z.object({
  ...twoLayerOptions.shape,
  curvature: z.number().nullable(),
  linearShare: z.number(),
  saved: z.unknown().optional(),
})

function recordedOf({ options }: TwoLayerSet): z.output<typeof recordedFacts> {
  const { success, data } = recordedFacts.safeParse(options)
  if (success) return data
  throw new RetortError({
    code: 'artefact/corrupt',
    message: 'the options that the set records are not those of two-layer distillation',
    hint: 'Run retort verify on the folder to see all that changed, then distil again.',
  })
}

function factsOf({ options, task, ...plan }: TwoLayerPlan, run: TwoLayerRun | undefined): TwoLayerFacts {
  const { inputSize, points, steps, refinement } = plan
  return {
    options,
    count: task.count,
    reused: task.reuse !== undefined,
    inputSize,
    points,
    steps,
    refinement,
    ...(run !== undefined && 'signal' in run && { signal: run.signal }),
    ...(run !== undefined && 'linear' in run && { linearShare: run.linear.linearShare }),
    ...(run !== undefined && 'found' in run && { found: run.found.basis.rows }),
  }
}

function preconditionsOf(facts: TwoLayerFacts): Precondition[] {
  const { options, inputSize: d, points, steps, refinement, linearShare } = facts
  const { rank, matching } = options
  const examples = refinement > 0 ? (d * d) / 2 : 4 * d * d
  const list = [
    record(
      'enough-examples',
      teacher,
      'the first gradient shows the subspace above its noise: examples n against d²',
      facts.reused || facts.count >= examples,
      facts.count,
      `at least ${examples} (${refinement > 0 ? 'd²/2 with refinement' : '4d² without refinement'})`,
    ),
    record(
      'enough-points',
      ours,
      'M1 points and their cross terms express a quadratic form on r dimensions',
      rank === undefined ? 'unknown' : points >= fewestPoints(rank),
      points,
      rank === undefined ? 'at least r + 1' : `at least ${fewestPoints(rank)}`,
    ),
    record(
      'linear-part',
      ours,
      'the targets have no linear part when the first gradient is taken',
      options.linearPart === 'least-squares'
        ? true
        : linearShare === undefined
          ? 'unknown'
          : linearShare < 0.01,
      options.linearPart === 'least-squares' ? 'removed by least squares' : (linearShare ?? 'needs a pass'),
      'removed, or below 1 % of the variance',
    ),
  ]
  if (matching !== 'squared' && steps > 0) {
    list.push(
      record(
        'few-steps',
        ours,
        'steps of power iteration stop before the leading direction is left alone',
        steps <= mostSteps,
        steps,
        `at most ${mostSteps}`,
      ),
    )
  }
  if (matching === 'performance') list.push(...innerConditions(facts))
  if (steps > 0) list.push(curvature(facts))
  if (rank !== undefined) list.push(hessianRank(rank, facts))
  return list
}

/** r + 1 points for a generic link of r ≥ 2 dimensions; one where r = 1. */
export function fewestPoints(rank: number): number {
  return rank === 1 ? 1 : rank + 1
}

function innerConditions({ options }: TwoLayerFacts): Precondition[] {
  const largest = options.tied ? 1e-2 : 1e-3
  return [
    record(
      'inner-weight-decay',
      ours,
      'the inner step has no weight decay: a reset leaves σ(v·x) − σ(−v·x) = v·x, which is linear',
      !options.innerReset,
      options.innerReset ? 'reset' : 'none',
      'none',
    ),
    record(
      'inner-step',
      ours,
      'the inner step is small, so that its gates stay those of the start',
      options.innerStep <= largest,
      options.innerStep,
      `at most ${largest}`,
    ),
  ]
}

function curvature({ signal }: TwoLayerFacts): Precondition {
  return record(
    'curvature',
    teacher,
    'H = E[∇²f] is not 0: the first gradient sees degree two only. Curvature found over that of noise',
    signal === undefined ? 'unknown' : signal >= leastSignal,
    signal ?? 'needs the first step',
    `at least ${leastSignal}; noise alone gives about 1`,
  )
}

function hessianRank(rank: number, { found }: TwoLayerFacts): Precondition {
  return record(
    'hessian-rank',
    teacher,
    'rank(H) = r: every direction of the target shows in its mean curvature',
    found === undefined ? 'unknown' : found >= rank,
    found ?? 'needs the points',
    `${rank}`,
  )
}

function record(
  id: TwoLayerPreconditionId,
  theorem: string,
  statement: string,
  holds: Precondition['holds'],
  measured: Precondition['measured'],
  needed: string,
): Precondition {
  return { id, theorem, statement, holds, measured, needed }
}

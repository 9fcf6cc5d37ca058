import type { Precondition } from '#core/precondition'
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
  const { options, task, inputSize: d, points, steps, refinement } = plan
  const { rank, matching } = options
  const examples = refinement > 0 ? (d * d) / 2 : 4 * d * d
  const list = [
    record(
      'enough-examples',
      teacher,
      'the first gradient shows the subspace above its noise: examples n against d²',
      task.reuse !== undefined || task.count >= examples,
      task.count,
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
      options.linearPart === 'least-squares' ? true : linearShare(run),
      options.linearPart === 'least-squares' ? 'removed by least squares' : linearMeasure(run),
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
  if (matching === 'performance') list.push(...innerConditions(plan))
  if (steps > 0) list.push(curvature(run))
  if (rank !== undefined) list.push(hessianRank(rank, run))
  return list
}

/** r + 1 points for a generic link of r ≥ 2 dimensions; one where r = 1. */
export function fewestPoints(rank: number): number {
  return rank === 1 ? 1 : rank + 1
}

function innerConditions({ options }: TwoLayerPlan): Precondition[] {
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

function curvature(run: TwoLayerRun | undefined): Precondition {
  const signal = run !== undefined && 'signal' in run ? run.signal : undefined
  return record(
    'curvature',
    teacher,
    'H = E[∇²f] is not 0: the first gradient sees degree two only. Curvature found over that of noise',
    signal === undefined ? 'unknown' : signal >= leastSignal,
    signal ?? 'needs the first step',
    `at least ${leastSignal}; noise alone gives about 1`,
  )
}

function hessianRank(rank: number, run: TwoLayerRun | undefined): Precondition {
  const found = run !== undefined && 'found' in run ? run.found : undefined
  return record(
    'hessian-rank',
    teacher,
    'rank(H) = r: every direction of the target shows in its mean curvature',
    found === undefined ? 'unknown' : found.basis.rows >= rank,
    found === undefined ? 'needs the points' : found.basis.rows,
    `${rank}`,
  )
}

function linearShare(run: TwoLayerRun | undefined): boolean | 'unknown' {
  const share = shareOf(run)
  return share === undefined ? 'unknown' : share < 0.01
}

function linearMeasure(run: TwoLayerRun | undefined): number | string {
  return shareOf(run) ?? 'needs a pass'
}

function shareOf(run: TwoLayerRun | undefined): number | undefined {
  return run !== undefined && 'linear' in run ? run.linear.linearShare : undefined
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

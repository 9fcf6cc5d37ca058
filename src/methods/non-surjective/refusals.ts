import { RetortError } from '#core/errors'
import { usualRestarts } from '../gauss-newton-options.ts'
import type { GaussNewtonPlan } from './plan.ts'
import type { GaussNewtonRecord } from '../gauss-newton.ts'

/** @throws RetortError for the first precondition that fails */
export function refuseGaussNewton({ preconditions, map, fewest, rank, points }: GaussNewtonPlan): void {
  const failed = preconditions.find(({ holds }) => holds === false)
  if (!failed) return
  if (failed.id === 'finite-model') {
    throw new RetortError({
      code: 'data/not-finite',
      message: 'the fitted model holds NaN or infinite weights',
      why: 'No set of points can train to it.',
      hint: 'Look for missing or infinite values in the data, or fit with a larger --ridge.',
    })
  }
  if (failed.id === 'smooth-map') {
    throw new RetortError({
      code: 'usage/no-derivative',
      message: `feature map ${map.id} has no derivative that the search could follow`,
      hint: 'Use --method kernel-ridge, which inverts the map, or --method maalouf.',
      path: '--method',
      values: { featureMap: map.id },
    })
  }
  throw new RetortError({
    code: 'usage/too-few-points',
    message: `${points.first} points have too few numbers to carry a model of rank ${rank} behind this map: at least ${fewest} are needed`,
    why: 'The points that a model allows form a set of lower dimension than the models (docs/theory.md).',
    hint: `Use --points ${fewest + 1}, or leave --points out.`,
    path: '--points',
    values: { points: points.first, needed: fewest, rank },
  })
}

/** The budget ended before a start did. */
export function notFound(
  { fewest, options, map, model }: GaussNewtonPlan,
  { best, steps, seconds }: GaussNewtonRecord,
  error: number,
): RetortError {
  const { rows } = best.points
  const sure = map.featureSize + (model.intercept ? 1 : 0)
  const limit = options.seconds
  const longer =
    limit !== undefined && seconds >= limit
      ? `--seconds ${2 * limit}`
      : `--points ${rows + 1 + Math.round(0.04 * rows)}, --restarts ${2 * (options.restarts ?? usualRestarts)}`
  return new RetortError({
    code: 'budget/not-found',
    message: `no ${rows} points were found whose features span the model: the nearest miss its directions by ${best.residual.toPrecision(3)} (${error.toPrecision(3)} of W) after ${steps} steps`,
    why: `The dimension count allows ${fewest} points and more; that the search finds them is no theorem.`,
    hint: `Use ${longer}, or --method maalouf, which is sure with ${sure} points.`,
    values: { points: rows, fewest, residual: best.residual, relativeError: error, steps, seconds },
  })
}

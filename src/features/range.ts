import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { relativeError } from '#core/matrix'
import type { Precondition } from '#core/precondition'
import type { Blas } from '#linalg/blas'
import type { FeatureMap } from './feature-map.ts'

/** Relative distance of W from the range below which it counts as rounding. */
const tolerance = 1e-8

/**
 * ‖(I − P) Wᵀ‖_F / ‖W‖_F with P the projection onto the range of a linear map: no set of points, of whatever size and
 * λ_S, trains to a model closer to W than this.
 * @param weight W, k × p
 * @returns 0 for maps whose range is not a known subspace
 */
export async function rangeFloor(map: FeatureMap, weight: Matrix, blas: Blas): Promise<number> {
  if (!map.projectOntoRange) return 0
  return relativeError(await map.projectOntoRange(weight, blas), weight)
}

/** Whether the rows of W lie in the range of φ, as a record for advisor, certificate and error text. */
export async function rangePrecondition(map: FeatureMap, weight: Matrix, blas: Blas): Promise<Precondition> {
  const floor = await rangeFloor(map, weight, blas)
  return {
    id: 'weight-in-range',
    theorem: 'Chen, Huang, Weng 2024, Theorem 5.3, corrected',
    statement: 'The rows of W lie in the range of the feature map.',
    holds: floor <= tolerance,
    measured: floor,
    needed: `relative distance ≤ ${tolerance}`,
  }
}

/** @throws RetortError `check/weight-outside-range` with the measured floor */
export async function requireInRange(map: FeatureMap, weight: Matrix, blas: Blas): Promise<void> {
  const { holds, measured } = await rangePrecondition(map, weight, blas)
  if (holds === true) return
  throw new RetortError({
    code: 'check/weight-outside-range',
    message: `W is ${Number(measured).toPrecision(3)} (relative) away from all that points behind feature map ${map.id} can train to`,
    why: 'Whatever the points, their model has rows in the range of the map; this W was not trained on its features.',
    hint: 'Fit W on the features of this very map (same seed or weights), then distil it.',
    values: { featureMap: map.id, floor: measured },
  })
}

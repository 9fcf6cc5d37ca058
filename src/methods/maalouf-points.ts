import type { Precondition } from '#core/precondition'
import { theorem } from './theorems.ts'

/** What decides how many points there are. */
export interface FeatureSpace {
  /** p */
  readonly featureSize: number
  readonly intercept: boolean
}

/** Points that any features of rank p need. */
export function fewestPoints({ featureSize, intercept }: FeatureSpace): number {
  return featureSize + (intercept ? 1 : 0)
}

/** As `--points` and `--oversampling` say. */
export interface PointChoice {
  readonly points?: number
  readonly oversampling: number
}

/** m: as given, or as many as span all features and a few more. */
export function maaloufPoints(space: FeatureSpace, { points, oversampling }: PointChoice): number {
  return points ?? fewestPoints(space) + Math.ceil(oversampling * space.featureSize)
}

/** The only assumption, which the sizes decide. */
export function maaloufPreconditions(space: FeatureSpace, choice: PointChoice): Precondition[] {
  const [points, needed] = [maaloufPoints(space, choice), fewestPoints(space)]
  return [
    {
      id: 'enough-points',
      theorem: theorem('label-solve').source,
      statement: 'as many points as features, and one more with an intercept',
      holds: points >= needed,
      measured: points,
      needed: `at least ${needed}`,
    },
  ]
}

/**
 * Leading-order operations of the method: the features of m points, their singular values twice (to tell their rank, and
 * to train on them; 14 a b² + 8 b³ for a ≥ b, Golub, Van Loan), the labels, and with λ_S > 0 a least-squares problem of
 * the size of the features. The choice of the points is not counted.
 * @param size p features, k targets, and the operations of φ(x) for one x
 */
export function maaloufOperations(
  points: number,
  size: { readonly features: number; readonly targets: number; readonly operations: number },
  ridgeDistilled: number,
): number {
  const { features: p, targets: k } = size
  const [long, short] = points > p ? [points, p] : [p, points]
  const spectrum = 14 * long * short ** 2 + 8 * short ** 3
  const dual = ridgeDistilled > 0 ? 4 * long * short ** 2 - (4 / 3) * short ** 3 : 0
  return points * size.operations + 2 * spectrum + dual + 6 * points * p * k
}

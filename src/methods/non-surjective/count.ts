import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'

/** What decides how many points can hold the rows of W in the span of their features. */
export interface CountTerms {
  /** d */
  readonly inputSize: number
  /** p */
  readonly featureSize: number
  /** r = rank(W) */
  readonly rank: number
  readonly intercept: boolean
  /** φ(cx) = cφ(x) for c > 0: the length of a point then does not change what it spans. */
  readonly homogeneous: boolean
}

/**
 * The fewest points that a dimension count allows for almost every W of rank r. m points have m·d numbers, less those
 * that leave the span of their features as it is; r rows in a span of m dimensions are r(p − m) equations; and a map
 * that is Lipschitz on bounded sets cannot raise the dimension. So m ≥ r and m ≥ r p / (d′ + r) with d′ = d, or d − 1
 * for homogeneous φ. With an intercept features are seen about their mean: one dimension less to span with, and only
 * the common length of all points is lost.
 */
export function fewestPoints({ inputSize, featureSize, rank, intercept, homogeneous }: CountTerms): number {
  if (rank === 0) return 1
  const lost = homogeneous ? 1 : 0
  if (!intercept) return Math.max(rank, Math.ceil((rank * featureSize) / (inputSize - lost + rank)))
  return Math.max(rank + 1, Math.ceil((rank * (featureSize + 1) + lost) / (inputSize + rank)))
}

/** Whether φ(cx) = cφ(x) for c > 0, as measured at a few points: true of networks without bias and bounded activation. */
export async function isHomogeneous(map: FeatureMap, blas: Blas): Promise<boolean> {
  const rows = 3
  const inputs = matrix(rows, map.inputSize)
  randomStream(0, 'homogeneous').fillNormal(inputs.data)
  const [once, ...others] = await Promise.all(
    [1, 0.25, 8].map(async (factor) => {
      const scaled = matrix(
        rows,
        map.inputSize,
        inputs.data.map((value) => factor * value),
      )
      const features = await map.forward(scaled, blas)
      return features.data.map((value) => value / factor)
    }),
  )
  const largest = once.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return others.every((features) =>
    features.every((value, at) => Math.abs(value - once[at]) <= 1e-12 * largest),
  )
}

import type { Precondition } from '#core/precondition'
import type { FeatureMap } from '#features/feature-map'

/** Points that a map which is not onto needs at least: max(k, ⌈k p / (d′ + k)⌉). */
export interface NecessaryPoints {
  readonly points: number
  /** d, or d − 1 where φ(c x) = c φ(x) for c > 0, so that scaling a point does not change the span. */
  readonly freedom: number
}

/**
 * The dimension count behind a map that is not onto: m points have m d′ free numbers, and a span that holds Row(W) is
 * k (p − m) conditions. Necessary for almost every W; not always sufficient. Source: docs/theory.md.
 */
export function necessaryPoints(
  { inputSize, featureSize, parameters }: FeatureMap,
  targets: number,
): NecessaryPoints {
  const homogeneous = parameters.bias !== true && parameters.activation !== 'tanh'
  const freedom = Math.max(1, homogeneous ? inputSize - 1 : inputSize)
  const count = Math.ceil((targets * featureSize) / (freedom + targets))
  return { points: Math.max(targets, Math.min(count, featureSize)), freedom }
}

/** Whether the map reaches the features of every set, as advisor, certificate and error text read it. */
export function reachPrecondition(map: FeatureMap): Precondition {
  const { surjective, projectOntoRange } = map
  const reaches = surjective.holds === 'always' || surjective.holds === 'almost surely'
  const linear = projectOntoRange !== undefined
  return {
    id: 'map-reaches-features',
    theorem: linear
      ? 'Chen, Huang, Weng 2024, Theorem 5.3, corrected'
      : 'Chen, Huang, Weng 2024, Examples 5.1–5.4',
    statement: linear
      ? 'the features that the set needs lie in the range of the map'
      : `the map reaches all features${reaches || !surjective.upToScale ? '' : ', after division by a number'}`,
    holds:
      reaches || surjective.upToScale || linear ? true : surjective.holds === 'unknown' ? 'unknown' : false,
    measured: `${surjective.holds}: ${surjective.reason}`,
    needed: `${map.featureSize} features from ${map.inputSize} inputs`,
  }
}

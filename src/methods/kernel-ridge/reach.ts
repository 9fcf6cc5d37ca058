import type { Precondition } from '#core/precondition'
import type { FeatureMap } from '#features/feature-map'

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

import type { Precondition } from '#core/precondition'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import { fewestPoints, isHomogeneous } from '../non-surjective/count.ts'

/**
 * Points that W of this rank needs at least behind a map that is not onto, by a count of dimensions. Necessary for
 * almost every W; not always sufficient.
 */
export async function necessaryPoints(
  map: FeatureMap,
  { rank, intercept }: { rank: number; intercept: boolean },
  blas: Blas,
): Promise<number> {
  const { inputSize, featureSize } = map
  const homogeneous = await isHomogeneous(map, blas)
  return Math.min(fewestPoints({ inputSize, featureSize, rank, intercept, homogeneous }), featureSize)
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

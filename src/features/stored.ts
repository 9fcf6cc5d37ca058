import type { StoredFeatures } from '#core/stored-features'
import type { Blas } from '#linalg/blas'
import type { FeatureMap } from './feature-map.ts'
import { describeFeatureMap, rebuildFeatureMap } from './index.ts'

/** A map as a distilled set carries it. */
export function storeFeatures(map: FeatureMap): StoredFeatures {
  return { ...describeFeatureMap(map), featureSize: map.featureSize, weights: map.weights() }
}

/** The map that a set was made for, with its stored weights. @throws RetortError as `FeatureMapKind.create` does */
export function loadFeatures(stored: StoredFeatures, blas: Blas): Promise<FeatureMap> {
  const { id, inputShape, parameters, seed, weights } = stored
  return rebuildFeatureMap({ id, inputShape, parameters, seed }, blas, weights)
}

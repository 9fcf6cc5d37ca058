import type { RidgeSet, RidgeTraining } from '#core/distilled-set'
import type { StoredArtefact } from '#artefact/read'
import type { FeatureMap } from '#features/feature-map'
import { loadFeatures } from '#features/stored'
import type { Blas } from '#linalg/blas'

/** A set as its model sees it. */
export interface SetInFeatureSpace {
  /** With φ(X_S) for points; the stored set itself where there is no map. */
  readonly set: RidgeSet
  readonly map?: FeatureMap
}

/** Sends the stored points through the stored map: what every check of a set on features begins with. */
export async function inFeatureSpace(
  { set }: Pick<StoredArtefact<RidgeTraining>, 'set'>,
  blas: Blas,
): Promise<SetInFeatureSpace> {
  if (!set.features) return { set }
  const map = await loadFeatures(set.features, blas)
  return { set: { ...set, points: await map.forward(set.points, blas) }, map }
}

import type { RidgeSet, RidgeTraining } from '#core/distilled-set'
import { matrix, relativeError } from '#core/matrix'
import { randomStream } from '#core/random'
import type { StoredArtefact } from '#artefact/read'
import type { FeatureMap } from '#features/feature-map'
import { loadFeatures } from '#features/stored'
import type { Blas } from '#linalg/blas'

/** A set as its model sees it. */
export interface SetInFeatureSpace {
  /** With φ(X_S) for points; the stored set itself where there is no map. */
  readonly set: RidgeSet
  readonly map?: FeatureMap
  /** How many times larger a relative change of the features is than that of the points it comes from; 1 without a map. */
  readonly amplification: number
}

/** Relative change of the points that amplification is measured with: half the digits. */
const step = 2 ** -26

/** Sends the stored points through the stored map: what every check of a set on features begins with. */
export async function inFeatureSpace(
  { set }: Pick<StoredArtefact<RidgeTraining>, 'set'>,
  blas: Blas,
): Promise<SetInFeatureSpace> {
  if (!set.features) return { set, amplification: 1 }
  const map = await loadFeatures(set.features, blas)
  const mapped = map.forward(set.points, blas)
  // A failure is thrown below; until then it must not count as unhandled.
  mapped.catch(() => undefined)
  const signs = randomStream(0, 'amplification')
  const { rows, cols, data } = set.points
  const moved = new Float64Array(data.length)
  for (let i = 0; i < data.length; i++) moved[i] = data[i] * (signs.uniform() < 0.5 ? 1 - step : 1 + step)
  const [features, nearby] = await Promise.all([mapped, map.forward(matrix(rows, cols, moved), blas)])
  const change = relativeError(nearby, features)
  return { set: { ...set, points: features }, map, amplification: Math.max(1, change / step) }
}

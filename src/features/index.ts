import { RetortError } from '#core/errors'
import { nearest } from '#core/nearest'
import type { Blas } from '#linalg/blas'
import { conv } from './conv.ts'
import { coupling } from './coupling.ts'
import { dense } from './dense.ts'
import type { FeatureMap, FeatureMapDescription, FeatureMapKind, Weights } from './feature-map.ts'
import { fourier } from './fourier.ts'
import { linearNet } from './linear-net.ts'
import { network } from './network.ts'

/** Every feature map, one row each. */
export const featureMaps: readonly FeatureMapKind[] = [dense, conv, fourier, coupling, linearNet, network]

/** @throws RetortError `config/unknown-feature-map` */
export function featureMapKind(id: string): FeatureMapKind {
  const kind = featureMaps.find((each) => each.id === id)
  if (kind) return kind
  const ids = featureMaps.map((each) => each.id)
  const close = nearest(id, ids)
  throw new RetortError({
    code: 'config/unknown-feature-map',
    message: `there is no feature map '${id}'`,
    hint: close ? `Did you mean --features ${close}?` : `Use --features with one of ${ids.join(', ')}.`,
    values: { features: id },
  })
}

/** The map that a description was taken from; its weights are drawn again from the seed unless they are given. */
export function rebuildFeatureMap(
  description: FeatureMapDescription,
  blas: Blas,
  weights?: Weights,
): Promise<FeatureMap> {
  const { id, inputShape, parameters, seed } = description
  return featureMapKind(id).create({ inputShape, options: parameters, seed, weights }, blas)
}

/** What of a map is plain JSON. */
export function describeFeatureMap({ id, inputShape, parameters, seed }: FeatureMap): FeatureMapDescription {
  return { id, inputShape, parameters, seed }
}

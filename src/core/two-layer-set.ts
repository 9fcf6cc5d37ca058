import type { DistilledSet } from '#core/distilled-set'
import type { TwoLayerTraining } from '#core/two-layer-training'

/** A set that trains two-layer networks. */
export interface TwoLayerSet extends Omit<DistilledSet, 'training'> {
  readonly training: TwoLayerTraining
}

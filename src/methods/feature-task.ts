import type { FeatureMap } from '#features/feature-map'
import type { RidgeTask } from './ridge-task.ts'

/**
 * Ridge regression on features: `model` and `statistics` are those of φ, while `inputShape`, `preprocessing` and the
 * `references` are of the inputs.
 */
export interface FeatureTask extends RidgeTask {
  readonly map: FeatureMap
}

import type { Preprocessing, Target } from '#core/dataset'
import type { DistilledSet } from '#core/distilled-set'
import type { KernelTraining } from '#core/kernel-training'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import type { Statistics } from '#statistics/statistics'
import type { Examples } from './kip/support.ts'

/** What a method that works with a kernel may see: examples by index, and statistics of features where there are some. */
export interface KernelTask {
  readonly blas: Blas
  readonly examples: Examples
  readonly target: Target
  readonly inputShape: readonly number[]
  readonly preprocessing: Preprocessing
  readonly seed: number
  /** Hash of the source statistics. */
  readonly provenance: string
  /** A feature map with the statistics of the features of all training examples. */
  readonly features?: { readonly map: FeatureMap; readonly statistics: Statistics }
}

/** A set that trains a kernel regression. */
export type KernelSet = DistilledSet<KernelTraining>

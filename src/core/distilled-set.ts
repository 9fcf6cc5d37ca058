import type { Preprocessing, Target } from '#core/dataset'
import type { KernelTraining } from '#core/kernel-training'
import type { Matrix } from '#core/matrix'
import type { PointGrid } from '#core/point-grid'
import type { StoredFeatures } from '#core/stored-features'
import type { TwoLayerTraining } from '#core/two-layer-training'

/** How a model is trained from the set, and the model that this must give. */
export interface RidgeTraining {
  readonly kind: 'ridge'
  /** λ_S ≥ 0: minimise ‖W X_Sᵀ − Y_Sᵀ‖² + λ_S ‖W‖² (no 1/m; the intercept is not penalised). */
  readonly ridge: number
  readonly intercept: boolean
  /** λ of the original model on the whole data; `all` when the set serves every λ (d-set). */
  readonly originalRidge: number | 'all'
  /** W, k × p, float64: the model fitted on the whole data, or on its features where the set has a map. */
  readonly weight: Matrix
  /** b, length k; zeros without an intercept. */
  readonly bias: Float64Array
}

/** A tagged union: another family of models adds its own recipe here. */
export type Training = RidgeTraining | KernelTraining | TwoLayerTraining

/** m synthetic points and all that is needed to use them. Points live in the preprocessed space. */
export interface DistilledSet<T extends Training = Training> {
  /** X_S, m × d, float64 in memory; one point per row. With `features` the model is trained on φ(X_S), m × p. */
  readonly points: Matrix
  /** Where the points lie on a grid, which their storage as integers needs. */
  readonly grid?: PointGrid
  /** Y_S, m × k: hard (one-hot), centred or soft; soft labels may be negative and need not sum to one. */
  readonly labels: Matrix
  /** Class of each point where it has one (length m), for showing and grouping. */
  readonly classes?: Int32Array
  /** Real examples that the points stay close to (m × d, preprocessed), for the `realistic` variants. */
  readonly references?: Matrix
  readonly inputShape: readonly number[]
  readonly target: Target
  readonly preprocessing: Preprocessing
  readonly training: T
  /** Absent where the model is trained on the points themselves. */
  readonly features?: StoredFeatures
  /** Id of the method and its resolved options, plain JSON. */
  readonly method: string
  readonly options: Readonly<Record<string, unknown>>
  readonly seed: number
  /** Hash of the source statistics. */
  readonly provenance: string
}

/** A set that ridge regression is trained from. */
export type RidgeSet = DistilledSet<RidgeTraining>

/** A set that two-layer networks are trained from. */
export type TwoLayerSet = DistilledSet<TwoLayerTraining>

export function isTwoLayerSet(set: DistilledSet): set is TwoLayerSet {
  return set.training.kind === 'two-layer'
}

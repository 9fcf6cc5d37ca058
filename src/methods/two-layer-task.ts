import type { Preprocessing, Target } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import type { Blas } from '#linalg/blas'
import type { Passes } from '#models/two-layer/examples'
import type { TwoLayerPoints } from '#models/two-layer/student'

/** What the two-layer method may see: passes over the examples, never the dataset. */
export interface TwoLayerTask {
  readonly blas: Blas
  /** Preprocessed inputs with one real target each; two classes are ±1. */
  readonly passes: Passes
  /** n */
  readonly count: number
  readonly target: Target
  readonly inputShape: readonly number[]
  readonly preprocessing: Preprocessing
  readonly seed: number
  /** Hash of the data. */
  readonly provenance: string
  /** The classes behind targets of +1 and −1. */
  readonly classes?: { readonly positive: string; readonly negative: string }
  /** The true subspace (r × d, orthonormal rows) of a synthetic task: progress then shows the energy inside. */
  readonly subspace?: Matrix
  /** The set that `--reuse` names. */
  readonly reuse?: TwoLayerPoints
  /** Reports within a step, whose pass over many examples may take long, and stops there. */
  readonly watch?: Watch
}

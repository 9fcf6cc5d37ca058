import type { Preprocessing, Target } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from '#models/ridge-model'
import type { Statistics } from '#statistics/statistics'

/** What a closed-form method may see: statistics and the fitted model, never the dataset. */
export interface RidgeTask {
  readonly blas: Blas
  readonly model: RidgeModel
  /** Of the preprocessed inputs. */
  readonly statistics: Statistics
  readonly target: Target
  readonly inputShape: readonly number[]
  readonly preprocessing: Preprocessing
  readonly seed: number
  /**
   * Real training examples for the `realistic` variants, preprocessed: `count` rows, drawn with the seed, balanced
   * over classes in the order 0..k−1, 0..k−1, …; `classes` is absent for real-valued targets. With a coreset they are
   * chosen by it.
   */
  references(
    count: number,
    coreset?: 'herding' | 'k-means' | 'k-center',
  ): Promise<{ points: Matrix; classes?: Int32Array }>
  /** φ where the model is on features; `statistics` are then of φ(x), and references still of x. */
  readonly features?: FeatureMap
  /** Points to label as they are, preprocessed, in place of those that a method would choose. */
  readonly given?: { readonly points: Matrix; readonly classes?: Int32Array }
  /** How a step that takes seconds is stopped within itself. */
  readonly signal?: AbortSignal
}

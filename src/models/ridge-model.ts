import type { Matrix } from '#core/matrix'

/** f(x) = W x + b for one λ. */
export interface RidgeModel {
  /** W, k × p. */
  readonly weight: Matrix
  /** b, length k; zeros without an intercept. */
  readonly bias: Float64Array
  /** λ ≥ 0 of ‖W Xᵀ − Yᵀ‖² + λ ‖W‖² (no 1/n; the intercept is not penalised). */
  readonly ridge: number
  readonly intercept: boolean
}

/** A kernel without weights of its own: its name and plain JSON parameters, `features` being φφᵀ of the stored map. */
export interface KernelDescription {
  readonly id: 'rbf' | 'nngp' | 'ntk' | 'features'
  readonly parameters: Readonly<Record<string, unknown>>
}

/**
 * Kernel ridge regression on the points, a model without a finite W: f(x) = K(x, X_S) (K_SS + λ_S I)⁻¹ Y_S + offset.
 */
export interface KernelTraining {
  readonly kind: 'kernel'
  readonly kernel: KernelDescription
  /** λ_S > 0, absolute: whatever rule chose it, this is what is added to K_SS. */
  readonly ridge: number
  /** Length k, added to predictions; zeros where labels are not centred. */
  readonly labelOffset: Float64Array
  /** What distillation reached by its own measure; the lower the better. */
  readonly loss: number
}

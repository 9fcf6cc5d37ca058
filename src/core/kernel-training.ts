/**
 * How a model without a finite weight is trained from the set: f(x) = K(x, X_S) (K_SS + λI)⁻¹ Y_S + offset, with Y_S the
 * set's labels as they are stored.
 */
export interface KernelTraining {
  readonly kind: 'kernel'
  /** Plain JSON that the kernel is made of; `features` has its feature map in the set. */
  readonly kernel: KernelRecipe
  /** Absolute λ. */
  readonly ridge: number
  /** Added to predictions, length k; zeros where labels are not centred. */
  readonly labelOffset: Float64Array
  /** ½ mean squared error over examples and columns that the distillation reached on all training data. */
  readonly loss: number
}

export interface KernelRecipe {
  readonly id: 'rbf' | 'nngp' | 'ntk' | 'features'
  readonly parameters: Readonly<Record<string, number>>
}

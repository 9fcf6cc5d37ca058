import type { TwoLayerPoints } from './student.ts'

/** Numbers that a set holds; the seeds of drawn points count as one each. */
export interface TwoLayerMemory {
  /** x̃ and ỹ, second labels, α and β, and the scalars η, λ, seed, M2. ỹ counts, though it is mostly ones. */
  readonly floats: number
  /** The same with x̃ as factors of rank r̂: r̂ (d + M1) in place of d M1. */
  readonly factoredFloats: number
}

const scalars = 4

export function memoryOf({ points, labels, training }: TwoLayerPoints): TwoLayerMemory {
  const { rows, cols } = points
  const others = labels.data.length + training.secondLabels.length + training.slope.length + 1 + scalars
  const rank = training.basis.rows
  return { floats: rows * cols + others, factoredFloats: rank * (cols + rows) + others }
}

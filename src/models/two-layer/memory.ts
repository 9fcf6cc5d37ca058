import type { Matrix } from '#core/matrix'
import type { TwoLayerTraining } from '#core/two-layer-training'

/** Numbers that a student needs, by what they are; seeds and counts as one number each, pivots as r̂. */
export interface StoredNumbers {
  readonly points: number
  readonly pointLabels: number
  readonly secondLabels: number
  /** α and β. */
  readonly linearPart: number
  /** η, λ, spread, seed and M2. */
  readonly scalars: number
  readonly pivots: number
  readonly total: number
}

/** M1 (d + 1) + M2 + (d + 1) + 5 + r̂. Basis, spectrum and witness are for looking and checking, not for training. */
export function storedNumbers(
  points: Pick<Matrix, 'rows' | 'cols'>,
  { secondLabels, secondPoints }: Pick<TwoLayerTraining, 'secondLabels' | 'secondPoints'>,
): StoredNumbers {
  const parts = {
    points: points.rows * points.cols,
    pointLabels: points.rows,
    secondLabels: secondLabels.length,
    linearPart: points.cols + 1,
    scalars: 5,
    pivots: secondPoints.mode === 'span' ? secondPoints.pivots.length : 0,
  }
  return { ...parts, total: Object.values(parts).reduce((sum, value) => sum + value, 0) }
}

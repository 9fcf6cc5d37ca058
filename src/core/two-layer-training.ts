import type { Matrix } from '#core/matrix'

/**
 * How a two-layer network is trained from the set. Scalar output: regression with one column, or two classes (or one
 * class against the others) as ±1. In the DistilledSet points are x̃ (M1 × d) and labels ỹ (M1 × 1).
 */
export interface TwoLayerTraining {
  readonly kind: 'two-layer'
  readonly activation: 'relu'
  /** L that the labels were made for; any even width trains. */
  readonly width: number
  /** η: first-layer rows of a student are ±η v(w). */
  readonly step: number
  /** Antipodal points: (x̃, ỹ) also stands for (−x̃, ỹ). */
  readonly tied: boolean
  /** λ of the second layer, relative to means. */
  readonly ridge: number
  /** `any`: labels for every initialisation; else for that of one seed, and another is refused. */
  readonly initialisation: 'any' | { readonly seed: number }
  /**
   * Public points, regenerated: randomStream(seed, 'public-points') standard normals row-major, count × r̂ (`span`) or
   * count × d (`full`), times spread, times (`span`) the basis Q by pivoted modified Gram–Schmidt of the points.
   */
  readonly secondPoints: {
    readonly seed: number
    readonly count: number
    readonly spread: number
    readonly mode: 'span' | 'full'
    /** Rows of the points in the order in which they entered the basis. */
    readonly pivots: readonly number[]
  }
  /** Length M2. */
  readonly secondLabels: Float64Array
  /** α, removed before and added back at prediction. */
  readonly offset: number
  /** β, length d, likewise. */
  readonly slope: Float64Array
  /** Singular values that r̂ was read from. */
  readonly spectrum: Float64Array
  /** r̂ × d orthonormal rows: the subspace found. */
  readonly basis: Matrix
  readonly classes?: { readonly positive: string; readonly negative: string }
  readonly witness?: Witness
}

/**
 * What the student of the stored set predicts, so that every reader can prove that its student is the same: width L,
 * seed 0 (that of a shared initialisation), on randomStream(seed, 'witness') standard normals, count × d row-major.
 */
export interface Witness {
  readonly seed: number
  /** Length `count`. */
  readonly predictions: Float64Array
}

import type { AnyMatrix, Matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import type { Blas } from '#linalg/blas'
import type { ZodType } from 'zod'

/**
 * φ: R^d → R^p, row by row, in float64: what turns ridge regression into kernel ridge regression. A distilled set of
 * features Φ_S becomes a distilled set of inputs through the right inverse: φ(X_S) = Φ_S.
 *
 * A map never looks at labels or models, and `forward` of a row does not depend on the other rows (beyond the
 * rounding of the provider's products).
 */
export interface FeatureMap extends FeatureMapDescription {
  /** d: the product of the input shape. */
  readonly inputSize: number
  /** p. */
  readonly featureSize: number
  /** Leading-order floating-point operations of φ(x) for one x: its products. */
  readonly operations: number
  readonly surjective: Surjectivity
  /**
   * φ of every row: n × d to n × p. Callers bound n; nothing is kept. `into` (n × p) may be overwritten and returned,
   * which saves a long pass from allocating.
   */
  forward(inputs: Matrix, blas: Blas, into?: Matrix): Promise<Matrix>
  /** Begins, on other threads, what `rightInverse` needs once; nothing waits for it but that. */
  prepareInverse?(blas: Blas): void
  /**
   * Points with φ(points) = features / scale, as nearly as the map allows; what is left is stated, never hidden.
   * Of all solutions the layers' minimum-norm ones are taken.
   * @param features Φ, m × p
   * @throws RetortError `check/no-preimage` where the range of a saturating activation rules out every scale
   */
  rightInverse(features: Matrix, blas: Blas, watch?: Watch): Promise<RightInverse>
  /**
   * The derivative of φ, transposed: row i is J(x_i)ᵀ c_i with J = ∂φ/∂x, so the gradient with respect to the inputs of
   * whatever has the gradient `cotangent` with respect to the features. At a kink of LeakyReLU the slope on negatives
   * is taken. Absent where a map has no derivative worked out.
   * @param inputs n × d
   * @param cotangent n × p
   * @returns n × d
   */
  pullBack?(inputs: Matrix, cotangent: Matrix, blas: Blas): Promise<Matrix>
  /**
   * The derivative of φ along directions: row i is J(x_i) t_i. The transpose of `pullBack`, with the same slope at a
   * kink, and present wherever that is.
   * @param inputs n × d
   * @param tangents n × d
   * @returns n × p
   */
  pushForward?(inputs: Matrix, tangents: Matrix, blas: Blas): Promise<Matrix>
  /**
   * Both derivatives at the same inputs, for many products: what they share is computed once.
   * @param blur ≥ 0, relative to the size of what stands before an activation: a kink is crossed by changes of that size,
   * and its slope averaged over them, so that a step sees what lies beyond; 0, the default, is the derivative itself
   */
  linearise?(inputs: Matrix, blas: Blas, blur?: number): Promise<Linearisation>
  /**
   * Orthogonal projection of rows of R^p onto the range of φ, for maps whose range is a linear subspace: only W with
   * rows in it can be distilled (Chen, Huang, Weng 2024, Theorem 5.3 as corrected in docs/feature-maps.md).
   */
  projectOntoRange?(rows: Matrix, blas: Blas): Promise<Matrix>
  /** Largest and smallest singular value of every linear layer, from input to output. */
  conditions(blas: Blas): Promise<readonly LayerCondition[]>
  /** All random or trained numbers of the map by name, in a fixed order: with the description they are the map. */
  weights(): Weights
}

/** φ at some inputs (n × d), and its derivative there. */
export interface Linearisation {
  /** n × p */
  readonly features: Matrix
  /** n × d to n × p, as `FeatureMap.pushForward`. */
  pushForward(tangents: Matrix): Promise<Matrix>
  /** n × p to n × d, as `FeatureMap.pullBack`. */
  pullBack(cotangent: Matrix): Promise<Matrix>
}

export type Weights = Readonly<Record<string, AnyMatrix>>

/** Plain JSON from which `createFeatureMap` makes the same map again; with `weights` to the last bit. */
export interface FeatureMapDescription {
  readonly id: string
  /** Images: [height, width, channels]. Vectors: [columns]. */
  readonly inputShape: readonly number[]
  /** Options with every default filled in. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Seed of the weights; absent where they were given. */
  readonly seed?: number
}

export interface Surjectivity {
  /**
   * Whether φ reaches all of R^p. `almost surely`: with probability one over the random weights; `unknown`: no theorem
   * decides it for this shape.
   */
  readonly holds: 'always' | 'almost surely' | 'never' | 'unknown'
  /**
   * Whether φ reaches every feature after division by a number that is large enough (true wherever `holds` says yes).
   */
  readonly upToScale: boolean
  /** One plain sentence. */
  readonly reason: string
}

export interface RightInverse {
  /** m × d. */
  readonly points: Matrix
  /**
   * c > 0: labels are divided by c and λ_S by c², so that the points still train to W itself. 1 for maps that reach
   * all of R^p.
   */
  readonly scale: number
  /** ‖c·φ(points) − Φ‖_F / ‖Φ‖_F, measured. */
  readonly residual: number
}

/** Estimated by subspace iteration, to a few per cent; `smallest` is 0 for a rank-deficient layer. */
export interface LayerCondition {
  readonly name: string
  /** Shape of the layer as a matrix, outputs × inputs. */
  readonly rows: number
  readonly cols: number
  readonly largest: number
  readonly smallest: number
}

/** What a map is made from: a seed, or weights, or both (weights win; the seed is then where they came from). */
export interface FeatureMapRequest {
  readonly inputShape: readonly number[]
  /** As a user gives them; checked against the kind's schema. */
  readonly options: unknown
  readonly seed?: number
  readonly weights?: Weights
}

/** One family of maps: a file in this folder and a row of the table. */
export interface FeatureMapKind {
  readonly id: string
  readonly title: string
  /** Where the map and its inverse are described. */
  readonly source: string
  /** What a user may set: CLI help and studio form. */
  readonly options: ZodType
  /**
   * @throws RetortError `config/feature-map` for options or shapes that do not fit, `data/weights` for weights that do
   * not
   */
  create(request: FeatureMapRequest, blas: Blas): Promise<FeatureMap>
}

import type { Matrix32 } from '#core/matrix'
import type { Random } from '#core/random'
import type { Blas } from '#linalg/blas'

export interface BaselineContext {
  readonly blas: Blas
  /** A stream of this baseline, seed and group alone. */
  readonly random: Random
  readonly signal?: AbortSignal
}

/** The preprocessed examples of one class (of the whole pool for real targets), never changed by a baseline. */
export interface Candidates {
  /** n × p. */
  readonly rows: Matrix32
  /** ‖row‖², length n. */
  readonly squaredNorms: Float64Array
  /** The mean row, length p. */
  readonly mean: Float64Array
}

/** A way to choose real examples (a coreset) that distilled points are compared with. */
export interface Baseline {
  readonly id: string
  readonly title: string
  readonly source: string
  /** How often it is repeated with another seed; its row is then the mean. */
  readonly seeds: number
  /**
   * Chooses `count` different rows.
   * @param count 1..n
   * @returns indices of rows in order of choice
   */
  pick(candidates: Candidates, count: number, context: BaselineContext): Promise<number[]>
}

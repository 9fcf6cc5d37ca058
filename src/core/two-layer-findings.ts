/** A student that was trained from a set, and how it did. */
export interface StudentResult {
  /** L */
  readonly width: number
  readonly seed: number
  /** Relative error on the scored split: mean (f − y)² / variance of y; 1 is what the mean alone reaches. */
  readonly relativeError: number
}

/** One step of the distillation as it went. */
export interface TraceStep {
  readonly phase: 'points' | 'refinement' | 'labels'
  readonly step: number
  /** Share of ‖points‖² inside the true directions, where they are known; by chance r/d. */
  readonly energy?: number
  /** Relative error on the training data, where the step measures one. */
  readonly loss?: number
}

/** A learned function along the directions found, on a square grid of z = Q x; z runs over `axis` in each direction. */
export interface LearnedFunction {
  readonly directions: 1 | 2
  /** Grid values, ascending; of two directions the first varies fastest. */
  readonly axis: readonly number[]
  readonly teacher: readonly number[]
  readonly student: readonly number[]
  /** f* where it is known. */
  readonly truth?: readonly number[]
}

/** Numbers held for an error, for the picture of memory against error. */
export interface MemoryPoint {
  readonly name: string
  readonly floats: number
  readonly relativeError: number
}

/** What was measured of a two-layer set beside its scores; it stands in run.json and in the report. */
export interface TwoLayerFindings {
  readonly trace: readonly TraceStep[]
  /** Principal angles between the directions found and the true ones in degrees, ascending, where they are known. */
  readonly angles?: readonly number[]
  readonly students: readonly StudentResult[]
  readonly learned?: LearnedFunction
  readonly memory: readonly MemoryPoint[]
}

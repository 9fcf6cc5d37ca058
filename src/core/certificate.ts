import type { Precondition } from '#core/precondition'

/** One thing that was checked: `measured` against `needed`. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly measured: number | string
  readonly needed: string
}

/** For how many inputs the distilled model provably predicts what the original predicts (margin > difference bound). */
export interface PredictionGuarantee {
  readonly split: 'test' | 'hold-out'
  readonly inputs: number
  readonly certified: number
  /** Largest ‖(e_i − e_j)ᵀ(W_S − W)‖ over class pairs. */
  readonly largestDifference: number
}

export interface FileRecord {
  readonly sha256: string
  readonly bytes: number
}

/** `certificate.json`. Every number in it can be recomputed from the folder that holds it. */
export interface Certificate {
  readonly schemaVersion: 1
  readonly theorem: { readonly id: string; readonly statement: string; readonly source: string }
  readonly preconditions: readonly Precondition[]
  /** The claim in words, e.g. "Ridge regression with λ_S = 0 on these 10 points gives W". */
  readonly claim: string
  readonly points: number
  /** Number of training examples of the original model. */
  readonly examples: number
  /** ‖W_S − W‖_F / ‖W‖_F (bias included as a column), W_S trained in float64 from the written file. */
  readonly relativeError: number
  /** The bound that `verify` holds relativeError to. */
  readonly tolerance: number
  readonly conditionNumbers: { readonly points: number; readonly weight: number }
  readonly storage: 'float32' | 'float64'
  readonly guarantee?: PredictionGuarantee
  /** Hash of the source statistics, as `verify --data` recomputes it. */
  readonly provenance: string
  /** Every other file of the folder. */
  readonly files: Readonly<Record<string, FileRecord>>
  /** SHA-256 of this certificate in canonical JSON without this field. */
  readonly digest: string
}

import type { Storage } from '#core/storage'
import type { Precondition } from '#core/precondition'

/** One thing that was checked: `measured` against `needed`. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly measured: number | string
  readonly needed: string
}

interface Difference {
  readonly split: 'test' | 'hold-out'
  /** Inputs x (preprocessed) that the guarantee was evaluated on. */
  readonly inputs: number
  /** Largest ‖(e_i − e_j)ᵀ(W_S − W)‖ over class pairs; for real targets the largest ‖e_jᵀ(W_S − W)‖. */
  readonly largestDifference: number
  /** The same of the biases: largest |(e_i − e_j)ᵀ(b_S − b)|, or |e_jᵀ(b_S − b)|. */
  readonly largestBiasDifference: number
}

/**
 * What no rounding can undo. Classes: for how many inputs the distilled model provably predicts what the original
 * predicts (margin above the bound on the difference). Real targets: how far apart the two predictions can be.
 */
export type PredictionGuarantee =
  | (Difference & { readonly kind: 'class'; readonly certified: number })
  | (Difference & {
      readonly kind: 'real'
      /** Bound on |f_S(x) − f(x)| over all inputs and target columns, in units of the target. */
      readonly largestChange: number
    })

export interface FileRecord {
  readonly sha256: string
  readonly bytes: number
}

export interface Theorem {
  readonly id: string
  readonly statement: string
  readonly source: string
}

interface Claim {
  readonly schemaVersion: 1
  readonly preconditions: readonly Precondition[]
  /** The claim in words, e.g. "Ridge regression with λ_S = 0 on these 10 points gives W". */
  readonly claim: string
  readonly points: number
  /** Number of training examples of the original model. */
  readonly examples: number
  readonly holds: boolean
  readonly storage: Storage
  /** Hash of the source statistics or data, as `verify --data` recomputes it. */
  readonly provenance: string
}

/** Training on the set gives W, by a theorem. `holds`: every error is ≤ tolerance, and no precondition fails. */
export interface RidgeClaim extends Claim {
  readonly kind: 'ridge'
  readonly theorem: Theorem
  /** ‖W_S − W‖_F / ‖W‖_F (bias included as a column), W_S trained in float64 from the written file. */
  readonly relativeError: number
  /** The bound that `verify` holds relativeError to. */
  readonly tolerance: number
  /** Of a set that serves every λ: the same error at other λ than the stored one. */
  readonly otherRidges?: readonly { readonly ridge: number; readonly relativeError: number }[]
  /** Largest over smallest nonzero singular value: of X_S (centred where there is an intercept) and of W. */
  readonly conditionNumbers: { readonly points: number; readonly weight: number }
  readonly guarantee?: PredictionGuarantee
}

/** A figure of a set without a theorem, which anyone can measure again. */
export interface Measure {
  /** Stable name, e.g. `loss`. */
  readonly id: string
  /** What was measured, in one plain sentence. */
  readonly statement: string
  readonly value: number
  /** How far another correct measurement may lie from it, absolute. */
  readonly tolerance: number
  /** Largest value that the claim allows, where it allows none above. */
  readonly largest?: number
  /** Whether the folder alone is enough to measure it, or the data are needed. */
  readonly from: 'folder' | 'data'
}

/** Nothing is proved; what is stated was measured on the written file. `holds`: no measure is above its largest. */
export interface MeasuredClaim extends Claim {
  readonly kind: 'measured'
  readonly measures: readonly Measure[]
}

/** What is claimed of a written set. Every number in it can be recomputed from the folder, or with the data. */
export type CertificateClaim = RidgeClaim | MeasuredClaim

/** `certificate.json`: the claim, sealed together with the files that it is about. */
export type Certificate<C extends CertificateClaim = CertificateClaim> = C & Seal

export interface Seal {
  /** Every other file of the folder. */
  readonly files: Readonly<Record<string, FileRecord>>
  /** SHA-256 of this certificate in canonical JSON without this field. */
  readonly digest: string
}

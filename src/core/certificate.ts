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

/** What is claimed of a written set. Every number in it can be recomputed from the folder that holds it. */
export interface CertificateClaim {
  readonly schemaVersion: 1
  readonly theorem: Theorem
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
  /** relativeError (and every one of otherRidges) ≤ tolerance, and no precondition fails. */
  readonly holds: boolean
  /** Of a set that serves every λ: the same error at other λ than the stored one. */
  readonly otherRidges?: readonly { readonly ridge: number; readonly relativeError: number }[]
  /** Largest over smallest nonzero singular value: of X_S (centred where there is an intercept) and of W. */
  readonly conditionNumbers: { readonly points: number; readonly weight: number }
  readonly storage: 'float32' | 'float64'
  readonly guarantee?: PredictionGuarantee
  /** Hash of the source statistics, as `verify --data` recomputes it. */
  readonly provenance: string
}

/** `certificate.json`: the claim, sealed together with the files that it is about. */
export interface Certificate extends CertificateClaim {
  /** Every other file of the folder. */
  readonly files: Readonly<Record<string, FileRecord>>
  /** SHA-256 of this certificate in canonical JSON without this field. */
  readonly digest: string
}

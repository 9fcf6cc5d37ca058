/**
 * One assumption of a theorem, checked or yet to be checked on a task. The advisor, the certificate and the
 * error text all read this record.
 */
export interface Precondition {
  /** Stable name, e.g. `enough-points`. */
  readonly id: string
  /** Where it is stated, e.g. `Chen, Huang, Weng 2024, Theorem 4.1`. */
  readonly theorem: string
  /** The assumption in one plain sentence. */
  readonly statement: string
  /** `unknown`: cannot be decided before computing. */
  readonly holds: boolean | 'unknown'
  readonly measured: number | string
  readonly needed: string
}

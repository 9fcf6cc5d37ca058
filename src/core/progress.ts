/** One report of long work; every field is plain data, so that a terminal, a JSON stream and the studio share it. */
export interface Progress {
  /** What is being done, e.g. `statistics`. */
  readonly stage: string
  readonly done: number
  /** Unknown for open-ended work. */
  readonly total?: number
  /** What `done` counts, e.g. `images`. */
  readonly unit?: string
  /** The figure to watch, e.g. { name: 'loss', value: 0.12 }. */
  readonly figure?: { readonly name: string; readonly value: number }
}

export type Report = (progress: Progress) => void

/** What every long operation takes: where to report, and how to be stopped. */
export interface Watch {
  readonly report?: Report
  /** When aborted, the operation rejects with the signal's reason at its next safe point. */
  readonly signal?: AbortSignal
}

/** A measured quality with its sample size and 95 % interval; never a bare number. */
export interface Score {
  /** `accuracy`: share correct, hard predictions. `r2`: 1 − squared error / variance. */
  readonly metric: 'accuracy' | 'r2'
  readonly value: number
  /** Test examples behind the figure. */
  readonly n: number
  /** 95 %: Wilson for accuracy, from the spread of squared errors for r2. */
  readonly interval: readonly [number, number]
}

/** One row of the comparison that stands in every report. */
export interface ComparisonRow {
  /** `original`, `distilled`, `random`, `herding`, `k-means`, `k-center`. */
  readonly name: string
  /** Training points behind the row. */
  readonly points: number
  /** λ that the row's model was fitted with. */
  readonly ridge: number
  readonly score: Score
  /** Seeds averaged over, where the row is random; `spread` is the sample standard deviation over them. */
  readonly seeds?: number
  readonly spread?: number
  readonly note?: string
}

export interface Comparison {
  /** Where the scores were measured. */
  readonly split: 'test' | 'hold-out'
  readonly rows: readonly ComparisonRow[]
}

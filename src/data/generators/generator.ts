import type { Dataset } from '#core/dataset'

/** What a user may ask of a generator. */
export interface GeneratorOptions {
  /** Training examples. */
  readonly count: number
  /** Test examples; 0 leaves the test split out. */
  readonly testCount: number
  /** An integer; another seed gives other examples. */
  readonly seed: number
}

/** A dataset that is computed, not read. Adding one is one file and one row in `generators/index.ts`. */
export interface Generator {
  /** e.g. `glyphs`. */
  readonly id: string
  readonly title: string
  readonly defaults: GeneratorOptions
  /** Opens at once and computes nothing yet. */
  open(options: GeneratorOptions): Dataset
}

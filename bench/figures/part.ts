import type { Bench } from './bench.ts'

/** One group of figures, measured together and written to one file. */
export interface Part {
  readonly name: string
  readonly title: string
  measure(bench: Bench): Promise<Findings>
}

export interface Findings {
  /** What was measured and how to read it, one paragraph each. */
  readonly about: readonly string[]
  readonly figures: readonly Figure[]
  readonly tables: readonly Table[]
  /** Written beside the document, by extension. */
  readonly files?: Readonly<Record<string, string>>
  /** Pictures that stand beside the file. */
  readonly pictures?: readonly Picture[]
}

/** A PNG file `YEAR-MONTH-PART-NAME.png`. */
export interface Picture {
  readonly name: string
  readonly title: string
  /** What it shows, in words. */
  readonly caption: string
  readonly png: Uint8Array
}

/** A figure with the bound that it has to keep. */
export interface Figure {
  readonly what: string
  readonly measured: string
  readonly needed: string
  readonly holds: boolean
}

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

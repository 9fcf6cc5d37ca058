import type { Dataset } from '#core/dataset'

/** What a user may ask of any generator. */
export interface GeneratorOptions {
  /** Training examples. */
  readonly count: number
  /** Test examples; 0 leaves the test split out. */
  readonly testCount: number
  /** An integer; another seed gives other examples. */
  readonly seed: number
}

/** Options of one generator by name; beside the common ones it may have its own. */
export type GeneratorSettings = GeneratorOptions & Readonly<Record<string, number | string>>

/** How a setting is written after the colon of `NAME:…`. */
export interface GeneratorSetting {
  /** The option that it sets. */
  readonly option: string
  /** What it must be, e.g. `a whole number from 1 up`. */
  readonly needs: string
  /** The value, or undefined where the text is none. */
  read(text: string): number | string | undefined
}

/** A dataset that is computed, not read. Adding one is one file and one row in `generators/index.ts`. */
export interface Generator {
  /** e.g. `glyphs`. */
  readonly id: string
  readonly title: string
  readonly defaults: GeneratorSettings
  /** Settings beside those that every generator has, by the name that a user writes. */
  readonly settings: Readonly<Record<string, GeneratorSetting>>
  /** A full spelling for error texts, e.g. `glyphs:60000,test=10000,seed=0`. */
  readonly example: string
  /** Opens at once and computes nothing yet. @throws RetortError `usage/generator` for options that do not fit together */
  open(options: GeneratorSettings): Dataset
}

/** A whole number from `least` up, as users write it: `60_000` too. */
export function wholeNumber(option: string, least: number): GeneratorSetting {
  return {
    option,
    needs: `a whole number${least > Number.MIN_SAFE_INTEGER ? ` from ${least} up` : ''}`,
    read(text) {
      const number = Number(text.replaceAll('_', '') || NaN)
      return Number.isSafeInteger(number) && number >= least ? number : undefined
    },
  }
}

/** A finite number, not below `least`. */
export function realNumber(option: string, least = -Infinity): GeneratorSetting {
  return {
    option,
    needs: `a number${least > -Infinity ? ` from ${least} up` : ''}`,
    read(text) {
      const number = Number(text || NaN)
      return Number.isFinite(number) && number >= least ? number : undefined
    },
  }
}

/** One of a few names. */
export function choice(option: string, names: readonly string[]): GeneratorSetting {
  return {
    option,
    needs: `one of ${names.join(', ')}`,
    read: (text) => (names.includes(text) ? text : undefined),
  }
}

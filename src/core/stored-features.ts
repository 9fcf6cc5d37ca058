import type { AnyMatrix } from '#core/matrix'

/** The feature map φ: R^d → R^p that a set was made for: with its weights it is the map, to the last bit. */
export interface StoredFeatures {
  readonly id: string
  readonly inputShape: readonly number[]
  /** Options with every default filled in, plain JSON. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Seed of the weights; absent where they were given. */
  readonly seed?: number
  /** p. */
  readonly featureSize: number
  readonly weights: Readonly<Record<string, AnyMatrix>>
}

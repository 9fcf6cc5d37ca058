import type { AnyMatrix } from '#core/matrix'

/** A feature map as a set holds it: its description and its numbers. */
export interface StoredFeatures {
  readonly id: string
  /** Images: [height, width, channels]. Vectors: [columns]. */
  readonly inputShape: readonly number[]
  readonly parameters: Readonly<Record<string, unknown>>
  /** Seed of the weights; absent where they were given. */
  readonly seed?: number
  /** p */
  readonly featureSize: number
  readonly weights: Readonly<Record<string, AnyMatrix>>
}

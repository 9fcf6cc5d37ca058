import type { Matrix } from '#core/matrix'

/** What is to be predicted. `class`: one name per class; `real`: one name per target column. */
export type Target = { kind: 'class'; names: readonly string[] } | { kind: 'real'; names: readonly string[] }

export type InputArray = Uint8Array | Float32Array | Float64Array

/** A run of consecutive examples of one split, raw: before any preprocessing. */
export interface Batch {
  /** Index of the first example within the split. */
  readonly start: number
  readonly count: number
  /** count × inputSize, row-major, in the element type of the source. Images are H × W × C (channels last). */
  readonly inputs: InputArray
  /** Class targets: `Int32Array` of `count` class indices. Real targets: `Float64Array`, count × k row-major. */
  readonly targets: Int32Array | Float64Array
}

export interface BatchOptions {
  /** Examples per batch; the last batch may be shorter. */
  size: number
  /** First example, default 0. */
  start?: number
  /** One past the last example, default `count`. */
  end?: number
  signal?: AbortSignal
}

export interface Split {
  readonly name: string
  readonly count: number
  /** Streams in order with bounded memory; may be called many times. A consumer may not keep a batch's arrays. */
  batches(options: BatchOptions): AsyncIterable<Batch>
  /** The examples at the given indices, in that order (`start` is meaningless there). Arrays are the caller's. */
  at(indices: ArrayLike<number>): Promise<Batch>
}

export interface Dataset {
  readonly name: string
  readonly kind: 'image' | 'vector'
  /** Images: [height, width, channels]. Vectors: [columns]. */
  readonly inputShape: readonly number[]
  /** Element type of `Batch.inputs`; `uint8` unlocks exact statistics. */
  readonly elementType: 'uint8' | 'float32' | 'float64'
  readonly target: Target
  /** Column names of a vector dataset, where the source names them. */
  readonly columns?: readonly string[]
  readonly splits: { readonly train: Split; readonly test?: Split }
  /** Where it came from, for people: the path given and the files read. */
  readonly source: { readonly path: string; readonly files: readonly string[] }
  /** What the reader did that its user should know, e.g. "14 rows with missing values were dropped". */
  readonly notes: readonly string[]
  /** What is known of a generated dataset and of no other. */
  readonly truth?: Truth
}

/** The function behind a generated dataset: f*(x) = target(B x), of raw inputs. */
export interface Truth {
  /** B, r × p, orthonormal rows. */
  readonly basis: Matrix
  /** The noise-free target at z = B x, length r. */
  target(z: Float64Array): number
}

/** Number of values of one example: the product of the input shape. */
export function inputSize(dataset: Pick<Dataset, 'inputShape'>): number {
  return dataset.inputShape.reduce((product, side) => product * side, 1)
}

/** Width of the label matrix: classes or target columns. */
export function targetSize(target: Target): number {
  return target.names.length
}

/** A preprocessing in words, e.g. `zca` or `zca of normalised examples`. */
export function preprocessingTitle({ name, normalised }: Preprocessing): string {
  return normalised ? `${name} of normalised examples` : name
}

/** The preprocessings that a user can ask for by name. */
export const preprocessingNames = ['none', 'unit', 'channel', 'column', 'zca'] as const
export type PreprocessingName = (typeof preprocessingNames)[number]

/**
 * A resolved preprocessing: x′ = scale ∘ x + shift (elementwise, size p), or x′ = M (x − mean) with M symmetric p × p.
 * It travels with every result, because a point without it means nothing.
 */
export type Preprocessing = {
  /** Every example first loses its own mean and is divided by its own length. */
  readonly normalised?: boolean
} & (
  | { readonly name: 'none' }
  | {
      readonly name: 'unit' | 'channel' | 'column'
      readonly scale: Float64Array
      readonly shift: Float64Array
    }
  | {
      readonly name: 'zca'
      readonly mean: Float64Array
      readonly whitening: Matrix
      readonly regularisation: number
    }
)

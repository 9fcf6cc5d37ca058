import type { Dataset } from '#core/dataset'
import { inputSize } from '#core/dataset'
import type { Precondition } from '#core/precondition'
import type { Blas } from '#linalg/blas'
import { methods } from '#methods/index'
import type { TwoLayerOptions } from '#methods/two-layer-options'

/** What can be said of a two-layer distillation before any example is read. */
export interface TwoLayerPlanned {
  readonly examples: number
  readonly inputSize: number
  /** M1, L and M2. */
  readonly points: number
  readonly width: number
  readonly labels: number
  /** Numbers that the set will need, and those of the data. */
  readonly floats: number
  readonly dataFloats: number
  /** r² d + L, what the source speaks of; undefined where r is not given. */
  readonly order?: number
  /** Examples that the plain scheme needs, 4 d², and those with refinement, d²/2. */
  readonly examplesNeeded: { readonly plain: number; readonly refined: number }
  readonly preconditions: readonly Precondition[]
}

/** The plan of a two-layer distillation, from the size of the dataset alone. */
export async function planTwoLayerSet(
  dataset: Dataset,
  options: TwoLayerOptions,
  seed: number,
  blas: Blas,
): Promise<TwoLayerPlanned> {
  const d = inputSize(dataset)
  const examples = dataset.splits.train.count
  const { rank, width } = options
  const points = options.points ?? (rank === undefined ? 8 : Math.max(2, 2 * rank * rank))
  const labels = options.labelCount ?? width
  const preconditions = await methods['two-layer'].preconditions(
    {
      blas,
      passes: async function* () {},
      count: examples,
      target: dataset.target,
      inputShape: dataset.inputShape,
      preprocessing: { name: 'none' },
      seed,
      provenance: '',
    },
    options,
  )
  return {
    examples,
    inputSize: d,
    points,
    width,
    labels,
    floats: points * (d + 1) + labels + d + 6,
    dataFloats: examples * (d + 1),
    ...(rank !== undefined && { order: rank * rank * d + width }),
    examplesNeeded: { plain: 4 * d * d, refined: Math.ceil((d * d) / 2) },
    preconditions,
  }
}

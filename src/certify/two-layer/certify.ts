import type { TwoLayerClaim } from '#core/certificate'
import type { TwoLayerSet } from '#core/distilled-set'
import type { Precondition } from '#core/precondition'
import type { TwoLayerTraining } from '#core/two-layer-training'
import type { StoredArtefact } from '#artefact/read'
import { figure, plural } from '#artefact/report/figures'
import { storedNumbers } from '#models/two-layer/memory'
import { theorem } from '#methods/theorems'

/** What fresh students did on the scored split. */
export interface MeasuredStudents {
  readonly seeds: readonly number[]
  readonly errors: readonly number[]
  readonly split: TwoLayerClaim['split']
  readonly inputs: number
  readonly measure: TwoLayerClaim['measure']
  readonly chance: number
}

/**
 * The claim of a two-layer set: how well fresh networks do that are trained on it alone. It holds where their median is
 * better than the best constant; what the preconditions say stands beside it.
 */
export function claimStudents(
  { set, storage, run }: StoredArtefact<TwoLayerTraining>,
  measured: MeasuredStudents,
  preconditions: readonly Precondition[],
): TwoLayerClaim {
  const sorted = measured.errors.toSorted((a, b) => a - b)
  const median = sorted[sorted.length >> 1]
  const lowest = sorted[0]
  const highest = sorted[sorted.length - 1]
  return {
    schemaVersion: 1,
    kind: 'two-layer',
    theorem: theorem('two-layer'),
    preconditions,
    claim: claimText(set, measured, { median, lowest, highest }),
    points: set.points.rows,
    examples: run.data.examples,
    storage,
    provenance: set.provenance,
    width: set.training.width,
    seeds: measured.seeds,
    split: measured.split,
    inputs: measured.inputs,
    measure: measured.measure,
    errors: measured.errors,
    median,
    lowest,
    highest,
    chance: measured.chance,
    rank: set.training.basis.rows,
    floats: storedNumbers(set.points, set.training).total,
    holds: median < measured.chance,
  }
}

function claimText(
  { training }: TwoLayerSet,
  { seeds, measure, split, inputs }: MeasuredStudents,
  { median, lowest, highest }: Pick<TwoLayerClaim, 'median' | 'lowest' | 'highest'>,
): string {
  const what = measure === 'relative' ? 'a relative error' : 'a share of wrong classes'
  const which =
    seeds.length === 1
      ? `The network of width ${training.width} and seed ${seeds[0]}`
      : `Fresh networks of width ${training.width} with seeds ${seeds[0]} to ${seeds[seeds.length - 1]}`
  const found =
    seeds.length === 1 ? figure(median) : `median ${figure(median)} [${figure(lowest)}, ${figure(highest)}]`
  return `${which}, trained on this file alone, ${seeds.length === 1 ? 'reaches' : 'reach'} ${what} of ${found} on the ${plural(inputs, 'example')} of the ${split} split.`
}

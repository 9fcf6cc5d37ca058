import type { Batch, Dataset } from '#core/dataset'
import { inputSize } from '#core/dataset'
import type { Comparison } from '#core/evaluation'
import type { Watch } from '#core/progress'
import { baselines } from '#evaluate/baselines/index'
import { compare } from '#evaluate/compare'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from '#models/ridge-model'
import type { Fit } from './fit.ts'

export interface ScoringSplit {
  readonly name: Comparison['split']
  readonly count: number
  batches(): AsyncIterable<Batch> | Iterable<Batch>
}

/** The test split; where there is none, the examples that W was not fitted on. */
export function scoringSplit(dataset: Dataset, fit: Pick<Fit, 'holdOut'>): ScoringSplit {
  const { test } = dataset.splits
  if (test === undefined) {
    return { name: 'hold-out', count: fit.holdOut.count, batches: () => [fit.holdOut] }
  }
  return { name: 'test', count: test.count, batches: () => test.batches({ size: 1000 }) }
}

/** Raw values of a test split that are kept between two passes over it. */
const keptBytes = 1 << 26

/**
 * The same split, whose batches are read or generated once and kept, where they are small enough: the certificate and the
 * scores both look at them.
 */
export function keptSplit(split: ScoringSplit, most = keptBytes): ScoringSplit {
  let kept: readonly Batch[] | undefined
  async function* keeping(): AsyncGenerator<Batch> {
    const seen: Batch[] = []
    let bytes = 0
    for await (const batch of split.batches()) {
      bytes += batch.inputs.byteLength + batch.targets.byteLength
      // A source may use its arrays again.
      if (bytes <= most) seen.push({ ...batch, inputs: batch.inputs.slice(), targets: batch.targets.slice() })
      yield batch
    }
    if (bytes <= most) kept = seen
  }
  return { ...split, batches: () => kept ?? keeping() }
}

/** Scores of the original, of the model trained on the stored points, and of real subsets of the same size. */
export async function compareModels(
  { dataset, seed, baselines: wanted }: { dataset: Dataset; seed: number; baselines: boolean },
  fit: Fit,
  distilled: { model: RidgeModel; points: number },
  { blas, watch }: { blas: Blas; watch: Watch },
  split: ScoringSplit = scoringSplit(dataset, fit),
): Promise<Comparison> {
  const { comparison } = await compare(
    {
      ...scoredBeside({ dataset, seed, baselines: wanted }, fit, split),
      distilled: distilled.model,
      points: distilled.points,
      ridges: fit.ridges,
      blas,
    },
    watch,
  )
  return comparison
}

/** What a distilled model of any kind is scored on and beside. */
export function scoredBeside(
  { dataset, seed, baselines: wanted }: { dataset: Dataset; seed: number; baselines: boolean },
  fit: Fit,
  split: ScoringSplit,
) {
  return {
    original: fit.model,
    examples: fit.statistics.count,
    pool: { start: 0, ...fit.pool },
    poolMembers: fit.pool.total - fit.holdOut.count,
    holdOut: fit.holdOut,
    test: { split: split.name, batches: split.batches(), total: split.count },
    inputSize: inputSize(dataset),
    target: dataset.target,
    preprocessing: fit.preprocessing,
    features: fit.features,
    seed,
    baselines: wanted ? baselines : [],
  }
}

/** What a reader of the scores should know. */
export function warningsOf(dataset: Dataset, fit: Fit): string[] {
  if (dataset.splits.test !== undefined) return []
  return [
    `There is no test split: scores are on the ${fit.holdOut.count} held-out examples that also chose λ, which flatters them slightly.`,
  ]
}

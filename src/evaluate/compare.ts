import type { Batch, Preprocessing, Target } from '#core/dataset'
import { targetSize } from '#core/dataset'
import type { Comparison, ComparisonRow, Score } from '#core/evaluation'
import type { Watch } from '#core/progress'
import { embed } from '#features/embed'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from '#models/ridge-model'
import type { Baseline } from './baselines/baseline.ts'
import { baselines as allBaselines } from './baselines/index.ts'
import { labelMatrix, takeExamples } from './examples.ts'
import { meanOf, sampleDeviation, wilsonInterval } from './intervals.ts'
import type { ModelScore } from './score.ts'
import { scoreModels } from './score.ts'
import { fitSubsetRidge } from './subset-ridge.ts'
import type { Subset } from './subsets.ts'
import { chooseSubsets } from './subsets.ts'

export interface CompareTask {
  /** Trained on all `examples` training examples. */
  readonly original: RidgeModel
  readonly examples: number
  /** Trained on the `points` distilled points. */
  readonly distilled: RidgeModel
  readonly points: number
  /** Raw training examples that the baselines choose from; without the hold-out. */
  readonly pool: Batch
  /** Training examples that `pool` was drawn from, where it is a sample. */
  readonly poolMembers?: number
  /** Raw examples that every baseline's λ is chosen on: those that the original's λ was chosen on. */
  readonly holdOut: Batch
  /** Candidates for λ, those of the original, each ≥ 0. */
  readonly ridges: readonly number[]
  /** Raw examples of the scores; used for nothing else. */
  readonly test: {
    readonly split: Comparison['split']
    readonly batches: AsyncIterable<Batch> | Iterable<Batch>
    readonly total?: number
  }
  readonly inputSize: number
  readonly target: Target
  readonly preprocessing: Preprocessing
  /** Where all models are on features: subsets are chosen among the inputs and trained on their features. */
  readonly features?: FeatureMap
  readonly blas: Blas
  readonly seed: number
  /** Default: all of the table. */
  readonly baselines?: readonly Baseline[]
}

export interface ComparisonResult {
  readonly comparison: Comparison
  /** In full for the two models, agreement included. */
  readonly original: ModelScore
  readonly distilled: ModelScore
}

/**
 * Scores the original and the distilled model, and beside them the same ridge regression (same intercept setting,
 * plain labels) on subsets of as many real examples. Each subset's λ is the best of the grid on the hold-out, so that
 * every baseline has its best honest chance; all models are scored in one pass over the test examples.
 * @throws RetortError as `scoreModels` does
 */
export async function compare(task: CompareTask, watch: Watch = {}): Promise<ComparisonResult> {
  const subsets = await chooseSubsets(task.baselines ?? allBaselines, task, watch)
  const models = await fitSubsets(subsets, task, watch)
  const [original, distilled, ...scores] = await scoreModels(
    [task.original, task.distilled, ...models],
    { ...task, batches: task.test.batches, total: task.test.total },
    watch,
  )
  const rows: ComparisonRow[] = [
    { name: 'original', points: task.examples, ridge: task.original.ridge, score: original.score },
    { name: 'distilled', points: task.points, ridge: task.distilled.ridge, score: distilled.score },
  ]
  for (const baseline of new Set(subsets.map((subset) => subset.baseline))) {
    const own = subsets.flatMap((subset, i) => (subset.baseline === baseline ? [i] : []))
    rows.push(
      baselineRow(
        baseline,
        subsets[own[0]].indices.length,
        own.map((i) => models[i].ridge),
        own.map((i) => scores[i].score),
        task,
      ),
    )
  }
  return { comparison: { split: task.test.split, rows }, original, distilled }
}

async function fitSubsets(
  subsets: readonly Subset[],
  task: CompareTask,
  watch: Watch,
): Promise<RidgeModel[]> {
  const { holdOut, inputSize, blas } = task
  if (subsets.length === 0) return []
  const columns = targetSize(task.target)
  const options = {
    blas,
    intercept: task.original.intercept,
    ridges: task.ridges,
    holdOut: {
      inputs: await embed(holdOut.inputs, holdOut.count, inputSize, task, blas),
      targets: holdOut.targets,
    },
  }
  const models: RidgeModel[] = []
  for (const { indices } of subsets) {
    watch.signal?.throwIfAborted()
    const taken = takeExamples(task.pool, indices, inputSize, columns)
    const points = await embed(taken.inputs, taken.count, inputSize, task, blas)
    models.push(await fitSubsetRidge(points, labelMatrix(taken, columns), options))
    watch.report?.({ stage: 'subsets', done: models.length, total: subsets.length, unit: 'models' })
  }
  return models
}

/** One row for all seeds of a baseline. */
export function baselineRow(
  baseline: Baseline,
  points: number,
  ridges: number[],
  scores: Score[],
  task: Pick<CompareTask, 'pool' | 'poolMembers' | 'points'>,
): ComparisonRow {
  const row = {
    name: baseline.id,
    points,
    ridge: ridges.toSorted((a, b) => a - b)[Math.floor(ridges.length / 2)],
    score: averageScore(scores),
    note: notes(points, ridges, task),
  }
  if (scores.length === 1) return row
  return { ...row, seeds: scores.length, spread: sampleDeviation(scores.map((score) => score.value)) }
}

/** The interval is of the mean model's test sampling alone; the spread over seeds stands beside it. */
function averageScore(scores: readonly Score[]): Score {
  const [first] = scores
  if (scores.length === 1) return first
  const value = meanOf(scores.map((score) => score.value))
  const interval =
    first.metric === 'accuracy'
      ? wilsonInterval(value, first.n)
      : ([
          meanOf(scores.map((score) => score.interval[0])),
          meanOf(scores.map((score) => score.interval[1])),
        ] as const)
  return { metric: first.metric, n: first.n, value, interval }
}

function notes(
  points: number,
  ridges: readonly number[],
  task: Pick<CompareTask, 'pool' | 'poolMembers' | 'points'>,
): string | undefined {
  const { pool, poolMembers = pool.count } = task
  const parts: string[] = []
  if (points < task.points) parts.push(`there are only ${points} training examples to choose from`)
  if (pool.count < poolMembers) parts.push(`chosen from ${pool.count} of ${poolMembers} examples`)
  if (new Set(ridges).size > 1)
    parts.push(`λ per seed: ${ridges.map((ridge) => Number(ridge.toPrecision(3))).join(', ')}`)
  return parts.length > 0 ? parts.join('; ') : undefined
}

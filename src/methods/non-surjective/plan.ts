import { matrix, rowsOf, type Matrix } from '#core/matrix'
import type { Precondition } from '#core/precondition'
import type { RidgeModel } from '#models/ridge-model'
import { appended, withConstant } from './with-constant.ts'
import { spectrumOf } from '../closed-form/spectrum.ts'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import { featuresOf } from '../feature-task.ts'
import type { RidgeTask } from '../ridge-task.ts'
import type { GaussNewtonOptions } from '../gauss-newton-options.ts'
import type { RandomStreams } from '../ridge/construction.ts'
import { promisedModel } from '../ridge/promised-model.ts'
import { fewestPoints, isHomogeneous } from './count.ts'
import { searchPreconditions } from './preconditions.ts'
import { rowLengths } from './rows.ts'
import { searchRange, type SearchRange } from './search-range.ts'
import type { SpanProblem } from './span-problem.ts'

/** All that is settled before the search. */
export interface GaussNewtonPlan {
  readonly task: RidgeTask
  readonly map: FeatureMap
  readonly options: GaussNewtonOptions
  readonly random: RandomStreams
  /** The model that the set must give back. */
  readonly model: RidgeModel
  readonly rank: number
  /** The dimension count: fewer cannot do for almost every W. */
  readonly fewest: number
  /** Where the search starts and ends. */
  readonly points: SearchRange
  /** Absent where φ has no derivative. */
  readonly problem?: SpanProblem
  /** Real inputs to start from, balanced over classes. */
  readonly references: Matrix
  readonly preconditions: readonly Precondition[]
}

/** References kept to draw starts from. */
export const poolSize = 1000

export async function planGaussNewton(
  task: RidgeTask,
  options: GaussNewtonOptions,
  random: RandomStreams,
): Promise<GaussNewtonPlan> {
  const { blas } = task
  const map = featuresOf(task, 'gauss-newton')
  const model = promisedModel(task, false)
  const { intercept } = model
  const finite = model.weight.data.every(Number.isFinite) && model.bias.every(Number.isFinite)
  const { rank, vt } = await spectrumOf(blas, finite ? model.weight : matrix(...shapeOf(model.weight)))
  const homogeneous = await isHomogeneous(map, blas)
  const { inputSize, featureSize } = map
  const fewest = fewestPoints({ inputSize, featureSize, rank, intercept, homogeneous })
  const range = searchRange(options.points, { fewest, enough: featureSize + (intercept ? 1 : 0) })
  const { points: references } = await task.references(Math.max(poolSize, range.last))
  const problem = await spanProblemOf(map, blas, vt, intercept, references)
  return {
    task,
    map,
    options,
    random,
    model,
    rank,
    fewest,
    points: range,
    problem,
    references,
    preconditions: searchPreconditions({ map, homogeneous, finite, rank, fewest, points: range.first }),
  }
}

function shapeOf({ rows, cols }: Matrix): [number, number] {
  return [rows, cols]
}

async function spanProblemOf(
  map: FeatureMap,
  blas: Blas,
  rows: Matrix,
  intercept: boolean,
  references: Matrix,
): Promise<SpanProblem | undefined> {
  const { inputSize, featureSize, linearise } = map
  if (!linearise) return undefined
  const smooth = { inputSize, featureSize, linearise }
  if (!intercept) return { blas, map: smooth, rows }
  const few = rowsOf(references, 0, Math.min(references.rows, 100))
  const lengths = rowLengths(await map.forward(few, blas))
  const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length)
  return { blas, map: withConstant(smooth, mean || 1), rows: appended(rows, 0) }
}

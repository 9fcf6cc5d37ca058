import type { Dataset } from '#core/dataset'
import { inputSize } from '#core/dataset'
import type { Blas } from '#linalg/blas'
import { featuresOf } from '#methods/feature-task'
import { usualRestarts, usualSteps, type GaussNewtonOptions } from '#methods/gauss-newton-options'
import { fewestPoints, isHomogeneous } from '#methods/non-surjective/count'
import { poolSize } from '#methods/non-surjective/plan'
import { searchPreconditions } from '#methods/non-surjective/preconditions'
import { pointCounts, searchRange } from '#methods/non-surjective/search-range'
import { mostOperations, stepCost, type StepCost, type StepSize } from '#methods/non-surjective/step-cost'
import { planDistillation } from './plan-distillation.ts'
import { measuredRate, rankBound, type Plan } from './plan.ts'
import type { FeatureSettings, FitSettings } from './settings.ts'

/** What can be said of a search for few points before any example is read: where it begins, and what it takes at most. */
export interface GaussNewtonPlanned extends Pick<
  Plan,
  'examples' | 'inputSize' | 'targetSize' | 'intercept' | 'preprocessing' | 'preconditions' | 'memoryBytes'
> {
  readonly method: 'gauss-newton'
  readonly features: { readonly id: string; readonly featureSize: number }
  /** The rank that W has at most; a smaller one needs fewer points. */
  readonly rank: number
  /** The dimension count for this rank. */
  readonly fewest: number
  /** Points that the search begins with, and the numbers that it goes on to while nothing is found, this one first. */
  readonly points: number
  readonly counts: readonly number[]
  readonly shrink: boolean
  /** Starts for every number of points, and steps of one start, at most. */
  readonly restarts: number
  readonly steps: number
  /** With the points that it begins with. */
  readonly step: StepCost & { readonly jacobian: readonly [rows: number, cols: number] }
  /** Of one such step, at most. */
  readonly operationsPerStep: number
  /** Of every step of every start, if nothing is found before. */
  readonly floatingPointOperations: number
  /** Of the pass and the fit at the measured rate of this machine; reading not included. */
  readonly seconds: number
  readonly secondsPerStep: number
  /** Of the whole search, at most. */
  readonly searchSeconds: number
  /** `--seconds`, which ends it before. */
  readonly limitSeconds?: number
}

/** @throws RetortError as `createFeatures`, and `usage/no-features` */
export async function planGaussNewtonSet(
  dataset: Dataset,
  options: GaussNewtonOptions,
  settings: { fit: FitSettings; features: FeatureSettings },
  blas: Blas,
): Promise<GaussNewtonPlanned> {
  const { plan, map: given } = await planDistillation(dataset, settings, 0, blas)
  const map = featuresOf({ features: given }, 'gauss-newton')
  const { intercept } = plan
  const { featureSize } = map
  const rank = rankBound(dataset, intercept, featureSize)
  const homogeneous = await isHomogeneous(map, blas)
  const fewest = fewestPoints({ inputSize: map.inputSize, featureSize, rank, intercept, homogeneous })
  const range = searchRange(options.points, { fewest, enough: featureSize + (intercept ? 1 : 0) })
  const [restarts, steps] = [options.restarts ?? usualRestarts, options.steps ?? usualSteps]
  const sizeFor = (points: number): StepSize => ({
    points,
    inputs: map.inputSize,
    features: featureSize + (intercept ? 1 : 0),
    rank,
    operations: map.operations,
  })
  const most = (points: number) => mostOperations(stepCost(sizeFor(points)))
  const counts = pointCounts(range)
  const fewer = options.shrink ? numbersFrom(fewest, range.last - 1) : []
  const total = restarts * steps * [...counts, ...fewer].reduce((sum, points) => sum + most(points), 0)
  // All in float64, whose products take twice as long as those that were measured.
  const rate = 0.25 * (await measuredRate(blas))
  const first = sizeFor(range.first)
  return {
    method: 'gauss-newton',
    examples: plan.examples,
    inputSize: plan.inputSize,
    targetSize: plan.targetSize,
    intercept,
    preprocessing: plan.preprocessing,
    features: { id: map.id, featureSize },
    rank,
    fewest,
    points: range.first,
    counts,
    shrink: options.shrink,
    restarts,
    steps,
    step: { ...stepCost(first), jacobian: jacobianShape(first) },
    operationsPerStep: most(range.first),
    floatingPointOperations: total,
    preconditions: searchPreconditions({ map, homogeneous, rank, fewest, points: range.first }),
    memoryBytes:
      plan.memoryBytes +
      8 * Math.max(poolSize, range.last) * inputSize(dataset) +
      Math.max(...counts.map((points) => searchBytes(sizeFor(points)))),
    seconds: plan.seconds,
    secondsPerStep: most(range.first) / rate,
    searchSeconds: total / rate,
    ...(options.seconds !== undefined && { limitSeconds: options.seconds }),
  }
}

function numbersFrom(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
}

function jacobianShape({ points, inputs, features, rank }: StepSize): [rows: number, cols: number] {
  return [rank * Math.max(0, features - points), points * inputs]
}

/** Matrices that a step holds in float64: features with their basis and tangents, steps, residuals; J with its squares. */
function searchBytes(size: StepSize): number {
  const { points: m, inputs: d, features: p, rank: r } = size
  const [rows, cols] = jacobianShape(size)
  const shorter = Math.min(rows, cols)
  const written = stepCost(size).dense ? rows * cols + shorter * shorter + (p + d) * Math.max(0, p - m) : 0
  return 8 * (8 * m * p + 6 * m * d + 4 * r * p + written)
}

import type { Dataset, PreprocessingName } from '#core/dataset'
import { inputSize, targetSize } from '#core/dataset'
import type { Precondition } from '#core/precondition'
import { matrix32 } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { theorem } from '#methods/theorems'
import type { FeaturePlan } from './plan-features.ts'
import { estimateMemory } from './cost.ts'
import { poolCapacity } from './pool.ts'
import type { FitSettings } from './settings.ts'

/** What can be said before any example is read: the fewest points, by which theorem, at what cost. */
export interface Plan {
  readonly examples: number
  readonly inputSize: number
  readonly targetSize: number
  readonly intercept: boolean
  readonly preprocessing: PreprocessingName
  /** Fewest points by kind of label or set; W's rank can only lower the one for soft labels. */
  readonly minimum: readonly {
    readonly labels: string
    readonly points: number
    readonly theorem: string
    readonly statement: string
  }[]
  readonly preconditions: readonly Precondition[]
  /** Of the feature map, where there is one: `minimum` is then of its features. */
  readonly features?: FeaturePlan
  readonly memoryBytes: number
  /** Of one pass, the fit and the distillation, at the measured rate of this machine; reading not included. */
  readonly seconds: number
}

/** Rate of a float32 product on this machine in floating-point operations per second; takes some milliseconds. */
export async function measuredRate(blas: Blas): Promise<number> {
  const side = 384
  const a = matrix32(side, side)
  a.data.fill(1)
  await blas.gemm(a, a)
  const begin = performance.now()
  await blas.gemm(a, a)
  return (2 * side ** 3) / ((performance.now() - begin) / 1000)
}

/** Whether the model gets an intercept: by default that of vectors does. */
export function interceptOf({ kind }: Pick<Dataset, 'kind'>, { intercept }: FitSettings): boolean {
  return intercept === 'auto' ? kind === 'vector' : intercept === 'yes'
}

/** The rank that W can have at most: fitted on class labels with an intercept its columns sum to zero. */
export function rankBound({ target, splits }: Dataset, intercept: boolean, features: number): number {
  const k = targetSize(target)
  return Math.min(target.kind === 'class' && intercept ? k - 1 : k, features, splits.train.count)
}

/** What `auto` stands for. */
export function preprocessingOf({ kind }: Pick<Dataset, 'kind'>, { preprocessing }: FitSettings) {
  if (preprocessing !== 'auto') return preprocessing
  return kind === 'image' ? 'channel' : 'column'
}

/** The plan of a closed-form distillation. `rate` as `measuredRate` gives it. */
export function planClosedForm(
  dataset: Dataset,
  settings: FitSettings,
  points: number,
  rate: number,
  features?: FeaturePlan,
): Plan {
  const size = inputSize(dataset)
  const p = features?.featureSize ?? size
  const k = targetSize(dataset.target)
  const n = dataset.splits.train.count
  const intercept = interceptOf(dataset, settings)
  const isClass = dataset.target.kind === 'class'
  const rank = rankBound(dataset, intercept, p)
  const rows = [
    ...(isClass
      ? [
          {
            labels: 'one-hot',
            points: k,
            id: 'fixed-labels' as const,
            statement: `one point per class: k = ${k}`,
          },
        ]
      : []),
    {
      labels: 'soft',
      points: Math.max(1, rank + (intercept ? 1 : 0)),
      id: intercept ? ('intercept' as const) : ('free-labels' as const),
      statement: `rank(W)${intercept ? ' + 1' : ''} ≤ ${rank + (intercept ? 1 : 0)}: needed and enough`,
    },
    {
      labels: 'd-set (every λ at once)',
      points: Math.min(p, n) + (intercept ? 1 : 0),
      id: 'every-ridge' as const,
      statement: `rank of the data ≤ min(p, n)${intercept ? ' + 1' : ''} = ${Math.min(p, n) + (intercept ? 1 : 0)}`,
    },
  ]
  const flops = n * p * (p + 2 * k) + 2 * (9 + 1) * p ** 3 + 4 * points * p * k + 2 * points ** 2 * p
  return {
    examples: n,
    inputSize: size,
    targetSize: k,
    intercept,
    preprocessing: preprocessingOf(dataset, settings),
    minimum: rows.map(({ id, ...row }) => ({ ...row, theorem: theorem(id).source })),
    preconditions: [...(features?.preconditions ?? []), ...preconditionsBeforeFit(points, k, p, n, isClass)],
    ...(features && { features }),
    memoryBytes:
      estimateMemory(p, k, poolCapacity(dataset) * size * bytesOf(dataset)) + (features ? 8 * p * size : 0),
    // Features are float64, whose products take twice as long.
    seconds: features ? flops / (0.25 * rate) + n * features.secondsPerExample : flops / (0.5 * rate),
  }
}

function bytesOf({ elementType }: Dataset): number {
  return { uint8: 1, float32: 4, float64: 8 }[elementType]
}

/** The assumptions of the default construction; what depends on W is unknown until it is fitted. */
function preconditionsBeforeFit(
  points: number,
  k: number,
  p: number,
  n: number,
  isClass: boolean,
): Precondition[] {
  const source = theorem(isClass ? 'fixed-labels' : 'free-labels').source
  return [
    {
      id: 'enough-points',
      theorem: source,
      statement: 'the points can carry W',
      holds: points >= k ? true : 'unknown',
      measured: points,
      needed: isClass
        ? `at least ${k} with one-hot labels; rank(W) with soft labels`
        : `rank(W), at most ${Math.min(k, p)}`,
    },
    {
      id: 'inputs-outnumber-targets',
      theorem: source,
      statement: 'W can have full rank, so no fewer points would do',
      holds: p >= k,
      measured: p,
      needed: `at least ${k} inputs`,
    },
    {
      id: 'data-rank',
      theorem: theorem('every-ridge').source,
      statement: 'the data can span the inputs; with fewer examples than inputs W(λ) lies in their span',
      holds: n >= p,
      measured: n,
      needed: `at least ${p} examples`,
    },
    {
      id: 'weight-rank',
      theorem: theorem('free-labels').source,
      statement: 'rank(W) decides the fewest points',
      holds: 'unknown',
      measured: 'known after the fit',
      needed: `up to ${Math.min(k, p)}`,
    },
  ]
}

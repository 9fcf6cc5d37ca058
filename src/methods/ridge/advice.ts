import type { Precondition } from '#core/precondition'
import { conditionNumber, rankError } from '../closed-form/spectrum.ts'
import type { RidgeTask } from '../ridge-task.ts'
import { theorem, type Theorem } from '../theorems.ts'
import type { LabelEncoding, RidgeOptions } from '../ridge-options.ts'
import { isFullRank, minimumPointsFor, type MinimumPoints } from './minimum-points.ts'
import { planRidge } from './plan.ts'
import { theoremOf } from './preconditions.ts'

/** What can be said of a distillation before it is computed; the advisor and the certificate read the same records. */
export interface RidgeAdvice {
  /** Points that would be made. */
  readonly points: number
  readonly encoding: LabelEncoding
  readonly theorem: Theorem
  readonly preconditions: readonly Precondition[]
  readonly weight: {
    readonly rows: number
    readonly cols: number
    readonly rank: number
    readonly fullRank: boolean
    readonly conditionNumber: number
  }
  /** The fewest points by label encoding; class encodings only for class targets. */
  readonly minimum: Readonly<Partial<Record<LabelEncoding, MinimumPoints>>>
  /** The largest λ_S for these points and labels; null where there is no bound. */
  readonly largestRidge: number | null
  /** At index m the smallest relative error of W that any m points can reach (m − 1 dimensions with an intercept). */
  readonly errorByPoints: readonly number[]
}

/** @throws RetortError `usage/…` for options that contradict one another or the target */
export async function adviseRidge(task: RidgeTask, options: RidgeOptions): Promise<RidgeAdvice> {
  const plan = await planRidge(task, options)
  const { spectrum, model, encoding } = plan
  const { rows, cols } = model.weight
  const encodings: LabelEncoding[] = task.target.kind === 'class' ? ['one-hot', 'centred', 'soft'] : ['soft']
  const spare = model.intercept ? 1 : 0
  return {
    points: plan.points,
    encoding,
    theorem: theorem(theoremOf(options.variant, encoding)),
    preconditions: plan.preconditions,
    weight: {
      rows,
      cols,
      rank: spectrum.rank,
      fullRank: isFullRank(spectrum),
      conditionNumber: conditionNumber(spectrum),
    },
    minimum: Object.fromEntries(
      encodings.map((name) => [name, minimumPointsFor(spectrum.rank, rows, name, model.intercept)]),
    ),
    largestRidge: Number.isFinite(plan.largestRidge) ? plan.largestRidge : null,
    errorByPoints: Array.from({ length: spectrum.rank + spare + 1 }, (_, m) =>
      rankError(spectrum, Math.max(0, m - spare)),
    ),
  }
}

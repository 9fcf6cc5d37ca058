import type { Target } from '#core/dataset'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from '#models/ridge-model'
import { spectrumOf, type Spectrum } from '../closed-form/spectrum.ts'
import type { LabelEncoding } from '../ridge-options.ts'
import { theorem, type Theorem } from '../theorems.ts'
import { centredModel, withoutFitRounding } from './promised-model.ts'

/** The fewest points that carry a model exactly, and why. */
export interface MinimumPoints {
  readonly points: number
  readonly theorem: Theorem
  readonly statement: string
}

/**
 * The fewest points m for a k × p weight matrix of the given rank.
 * With an intercept m points span m − 1 centred dimensions, so soft labels need rank(W) + 1.
 */
export function minimumPointsFor(
  rank: number,
  targets: number,
  encoding: LabelEncoding,
  intercept: boolean,
): MinimumPoints {
  if (encoding === 'soft') {
    const points = Math.max(1, rank + (intercept ? 1 : 0))
    const reason = intercept ? `rank(W) + 1 = ${rank + 1}` : `rank(W) = ${rank}`
    return {
      points,
      theorem: theorem(intercept ? 'intercept' : 'free-labels'),
      statement: `soft labels: ${reason}, needed and enough`,
    }
  }
  const points = Math.max(1, encoding === 'centred' && !intercept ? targets - 1 : targets)
  const reason = points === targets ? `one point for each of ${targets} classes` : `k − 1 = ${points}`
  return { points, theorem: theorem('fixed-labels'), statement: `${encoding} labels: ${reason}` }
}

/**
 * The fewest points for a fitted model.
 * @param target with an intercept and class targets, what stands in W along (1, …, 1) is rounding and is left out
 */
export async function minimumPoints(
  blas: Blas,
  model: RidgeModel,
  { labelEncoding, target }: { labelEncoding: LabelEncoding; target: Target },
): Promise<MinimumPoints> {
  const asked = labelEncoding === 'centred' ? centredModel(model) : model
  const { weight } = withoutFitRounding(asked, target, new Float64Array(model.weight.cols))
  const { rank } = await spectrumOf(blas, weight)
  return minimumPointsFor(rank, model.weight.rows, labelEncoding, model.intercept)
}

/** @returns whether a spectrum is of full rank min(k, p) */
export function isFullRank({ rank, u, vt }: Spectrum): boolean {
  return rank === Math.min(u.rows, vt.cols)
}

import type { Matrix } from '#core/matrix'
import type { Target } from '#core/dataset'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from '#models/ridge-model'
import { spectrumOf, type Spectrum } from '../closed-form/spectrum.ts'
import type { LabelEncoding } from '../ridge-options.ts'
import { theorem, type Theorem } from '../theorems.ts'

/** Below this share of ‖W‖, what labels leave out of W is rounding of the fit and not part of the model. */
export const fitRounding = 1e-6

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

/**
 * The same model fitted on labels one-hot − 1/k: class differences, and so predictions, are unchanged, because the
 * fit is linear in the labels. W loses its column means and b its mean.
 */
export function centredModel(model: RidgeModel): RidgeModel {
  const mean = model.bias.reduce((sum, value) => sum + value, 0) / model.bias.length
  return { ...model, weight: withoutColumnMeans(model.weight), bias: model.bias.map((value) => value - mean) }
}

/**
 * The model less rounding of its fit. Fitted on class labels with an intercept, W's columns sum to zero in exact
 * arithmetic; where they do but for rounding they are made to, so that rounding does not count towards the rank. The
 * prediction at the data's mean stays.
 */
export function withoutFitRounding(model: RidgeModel, target: Target, dataMean: Float64Array): RidgeModel {
  if (!model.intercept || target.kind !== 'class') return model
  const weight = withoutColumnMeans(model.weight)
  const bias = model.bias.slice()
  let removed = 0
  let total = 0
  for (let i = 0, at = 0; i < weight.rows; i++) {
    for (let j = 0; j < weight.cols; j++, at++) {
      const difference = model.weight.data[at] - weight.data[at]
      bias[i] += difference * dataMean[j]
      removed += difference ** 2
      total += model.weight.data[at] ** 2
    }
  }
  return removed <= fitRounding ** 2 * total ? { ...model, weight, bias } : model
}

function withoutColumnMeans(a: Matrix): Matrix {
  const data = a.data.slice()
  for (let j = 0; j < a.cols; j++) {
    let sum = 0
    for (let i = 0; i < a.rows; i++) sum += data[i * a.cols + j]
    for (let i = 0; i < a.rows; i++) data[i * a.cols + j] -= sum / a.rows
  }
  return { rows: a.rows, cols: a.cols, data }
}

/** @returns whether a spectrum is of full rank min(k, p) */
export function isFullRank({ rank, u, vt }: Spectrum): boolean {
  return rank === Math.min(u.rows, vt.cols)
}

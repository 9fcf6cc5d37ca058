import type { Target } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import type { RidgeModel } from '#models/ridge-model'
import type { Statistics } from '#statistics/statistics'

/** Below this share of ‖W‖, what labels leave out of W is rounding of the fit and not part of the model. */
export const fitRounding = 1e-6

/**
 * What a set made from a fitted model gives back: the model itself, less rounding of its fit, on centred labels where
 * these were asked for. `verify --data` holds a stored W to this.
 */
export function promisedModel(
  { model, target, statistics }: { model: RidgeModel; target: Target; statistics: Statistics },
  centred: boolean,
): RidgeModel {
  return withoutFitRounding(centred ? centredModel(model) : model, target, dataMean(statistics))
}

/** x̄; zeros without examples. */
export function dataMean({ inputSum, count }: Pick<Statistics, 'inputSum' | 'count'>): Float64Array {
  return inputSum.map((sum) => (count > 0 ? sum / count : 0))
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

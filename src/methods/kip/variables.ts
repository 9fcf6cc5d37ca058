import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { AdamState } from './adam.ts'
import { adamStart } from './adam.ts'

/** All that steps change: with the plan, the whole state of a run. */
export interface KipVariables {
  /** X_S, m × d. */
  readonly points: Matrix
  /** Y_S without the offset, m × k. */
  readonly labels: Matrix
  readonly ofPoints: AdamState
  readonly ofLabels: AdamState
  /** Steps done. */
  readonly step: number
  /** Of the last step. */
  readonly loss: number
  /** Of every step so far. */
  readonly losses: Float64Array
}

export function startVariables(points: Matrix, labels: Matrix): KipVariables {
  return {
    points,
    labels,
    ofPoints: adamStart(points.data.length),
    ofLabels: adamStart(labels.data.length),
    step: 0,
    loss: Infinity,
    losses: new Float64Array(),
  }
}

/** Named float64 tensors and two numbers, to the last bit: what a checkpoint holds. */
export interface StoredVariables {
  readonly step: number
  readonly loss: number
  readonly tensors: Readonly<Record<string, Matrix>>
}

export function storeVariables({
  points,
  labels,
  ofPoints,
  ofLabels,
  step,
  loss,
  losses,
}: KipVariables): StoredVariables {
  const like = (a: Matrix, data: Float64Array) => matrix(a.rows, a.cols, data)
  return {
    step,
    loss,
    tensors: {
      points,
      labels,
      losses: matrix(1, losses.length, losses),
      'points.first': like(points, ofPoints.first),
      'points.second': like(points, ofPoints.second),
      'labels.first': like(labels, ofLabels.first),
      'labels.second': like(labels, ofLabels.second),
    },
  }
}

/** @returns undefined where tensors are missing or not m × d and m × k */
export function restoreVariables(
  { step, loss, tensors }: StoredVariables,
  shape: { readonly points: number; readonly inputs: number; readonly targets: number },
): KipVariables | undefined {
  const take = (name: string, cols: number): Matrix | undefined => {
    const found = Object.hasOwn(tensors, name) ? tensors[name] : undefined
    return found?.rows === shape.points && found.cols === cols ? found : undefined
  }
  const points = take('points', shape.inputs)
  const labels = take('labels', shape.targets)
  const [first, second] = [take('points.first', shape.inputs), take('points.second', shape.inputs)]
  const [ofFirst, ofSecond] = [take('labels.first', shape.targets), take('labels.second', shape.targets)]
  const losses = Object.hasOwn(tensors, 'losses') ? tensors.losses : undefined
  if (losses?.data.length !== step) return undefined
  if (!points || !labels || !first || !second || !ofFirst || !ofSecond) return undefined
  return {
    points,
    labels,
    ofPoints: { step, first: first.data, second: second.data },
    ofLabels: { step, first: ofFirst.data, second: ofSecond.data },
    step,
    loss,
    losses: losses.data,
  }
}

import type { RidgeSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { storeFeatures } from '#features/stored'
import type { RidgeModel } from '#models/ridge-model'
import type { RidgeTask } from './ridge-task.ts'

/** Points that a method chose, with labels that give back a model. */
export interface LabelledPoints {
  readonly method: string
  /** X_S, m × d; they live before the map where the task has one. */
  readonly points: Matrix
  /** Y_S, m × k. */
  readonly labels: Matrix
  readonly classes?: Int32Array
  /** λ_S that the labels are for. */
  readonly ridge: number
  /** What the method settled on beside the number of points and λ_S, plain JSON. */
  readonly settled: Readonly<Record<string, unknown>>
}

/**
 * Labelled points as a set for one λ.
 * @param model that training on them is to give
 */
export function ridgeSet(
  { features, inputShape, target, preprocessing, seed, statistics }: RidgeTask,
  { ridge: originalRidge, weight, bias, intercept }: RidgeModel,
  { method, points, labels, classes, ridge, settled }: LabelledPoints,
): RidgeSet {
  return {
    points,
    labels,
    classes,
    inputShape,
    target,
    preprocessing,
    training: { kind: 'ridge', ridge, intercept, originalRidge, weight, bias },
    ...(features && { features: storeFeatures(features) }),
    method,
    options: { points: points.rows, ridgeDistilled: ridge, ...settled },
    seed,
    provenance: statistics.provenance,
  }
}

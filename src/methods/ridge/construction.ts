import type { Matrix } from '#core/matrix'
import type { Random } from '#core/random'
import type { RidgeModel } from '#models/ridge-model'
import type { Centring } from '../closed-form/centring.ts'
import type { LabelFrame } from '../closed-form/labels.ts'
import { scaleRows } from '../closed-form/slices.ts'
import { predictedLabel } from './class-labels.ts'
import type { RidgePlan } from './plan.ts'

/** Points and labels, and what is known of where they came from. */
export interface Construction {
  /** X_S, m × p. */
  readonly points: Matrix
  /** Y_S, m × k. */
  readonly labels: Matrix
  readonly classes?: Int32Array
  readonly references?: Matrix
  /** W and b where construction took rounding of the fit out of them. */
  readonly model?: RidgeModel
}

/** A stream of randomness for every purpose. */
export type RandomStreams = (...tags: (string | number)[]) => Random

/** Centred points and solved labels about a mean of the inputs and the label that the model gives to it. */
export async function withMeans(
  { model }: RidgePlan,
  centring: Centring,
  points: Matrix,
  labels: Matrix,
  inputMean: Float64Array,
): Promise<Construction> {
  return {
    points: await centring.restore(points, inputMean),
    labels: await centring.restore(labels, predictedLabel(model, inputMean)),
  }
}

/** The frame of the labels times a factor. */
export async function scaledFrame(frame: LabelFrame, factor: number): Promise<LabelFrame> {
  const shares = new Float64Array(frame.m.rows).fill(1 / factor)
  return factor === 1 ? frame : { ...frame, m: await scaleRows(frame.m, shares) }
}

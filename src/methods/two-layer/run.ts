import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Random } from '#core/random'
import type { FirstPoints } from '#models/two-layer/gate'
import type { WithLinearPart } from '#models/two-layer/centred-examples'
import type { LinearFit, LinearPart } from '#models/two-layer/linear-part'
import type { Room } from '#models/two-layer/room'
import type { TwoLayerOptions } from '../two-layer-options.ts'
import type { TwoLayerTask } from '../two-layer-task.ts'
import type { LabelCost, SolvedLabels } from './labels.ts'

export type RandomStreams = (...tags: (string | number)[]) => Random

/** What stays the same through a run, and is not stored with it. */
export interface TwoLayerPlan {
  readonly task: TwoLayerTask
  readonly options: TwoLayerOptions
  readonly random: RandomStreams
  /** d */
  readonly inputSize: number
  /** The examples without a linear part. */
  readonly centred: (linear: LinearPart) => Promise<WithLinearPart>
  /** Where blocks of examples are worked on. */
  readonly room: Room
  /** M1 */
  readonly points: number
  /** T; 0 where points are taken over. */
  readonly steps: number
  /** K; 0 where points are taken over. */
  readonly refinement: number
  /** M2 */
  readonly labels: number
}

/** One finished step. */
export interface StepFigure {
  readonly stage: 'points' | 'refinement' | 'labels'
  /** From 1. */
  readonly round: number
  /** Matching loss (`points`), or mean squared residual over the variance of the targets. */
  readonly loss: number
  /** Share of ‖x̃‖² in the true subspace, where it is known. */
  readonly energy?: number
}

interface Begun {
  readonly linear: LinearFit
  readonly first: FirstPoints
  readonly history: readonly StepFigure[]
  /** Curvature found over that of noise alone, where the matching tells. */
  readonly signal?: number
}

interface Calibrated extends Begun {
  /** η */
  readonly step: number
}

/** Where phase 1 ended: the subspace, and what it was read from. */
export interface FoundSubspace {
  readonly basis: Matrix
  readonly pivots: readonly number[]
  readonly spectrum: Float64Array
  readonly mode: 'span' | 'full'
  /** Standard deviation of public points. */
  readonly spread: number
}

interface WithSubspace extends Calibrated {
  readonly found: FoundSubspace
}

/**
 * A run as plain data (numbers, text and arrays of them), so that it can be stored between steps. `round` counts the
 * finished steps of the stage.
 */
export type TwoLayerRun =
  | { readonly stage: 'linear part' }
  | (Begun & { readonly stage: 'points'; readonly round: number })
  | (Calibrated & { readonly stage: 'refinement'; readonly round: number })
  | (WithSubspace & { readonly stage: 'labels'; readonly cost: LabelCost })
  | (WithSubspace & { readonly stage: 'done'; readonly solved: SolvedLabels })

export interface TwoLayerState {
  readonly plan: TwoLayerPlan
  readonly run: TwoLayerRun
}

/**
 * Points before the first step: standard normals of their own stream, so that they know nothing of the data; squared
 * matching starts near zero and needs labels of both signs, or directions of negative curvature are lost.
 */
export function startingPoints({ options, random, points, inputSize }: TwoLayerPlan): FirstPoints {
  const start = random('points').fillNormal(new Float64Array(points * inputSize))
  const squared = options.matching === 'squared'
  return {
    points: matrix(points, inputSize, squared ? start.map((value) => 1e-3 * value) : start),
    labels: Float64Array.from({ length: points }, (_, m) => (squared && m % 2 === 1 ? -1 : 1)),
    tied: options.tied,
  }
}

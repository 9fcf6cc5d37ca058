import type { TwoLayerSet } from '#core/distilled-set'
import { matrix } from '#core/matrix'
import type { TwoLayerOptions } from '../two-layer-options.ts'
import { secondPoints, studentCount } from './phase-two.ts'
import { twoLayerPreconditions } from './preconditions.ts'
import type { TwoLayerPlan, TwoLayerRun } from './run.ts'

type Done = Extract<TwoLayerRun, { stage: 'done' }>

/** The distilled set of a run that is done. */
export function setOf(plan: TwoLayerPlan, run: Done): TwoLayerSet {
  const { task, options } = plan
  const { first, found, linear, solved } = run
  return {
    points: first.points,
    labels: matrix(first.labels.length, 1, first.labels),
    inputShape: task.inputShape,
    target: task.target,
    preprocessing: task.preprocessing,
    training: {
      kind: 'two-layer',
      activation: 'relu',
      width: options.width,
      step: run.step,
      tied: first.tied,
      ridge: options.ridge,
      initialisation: options.labelMode === 'any' ? 'any' : { seed: task.seed },
      secondPoints: secondPoints(plan, found),
      secondLabels: solved.labels,
      offset: linear.offset,
      slope: linear.slope,
      spectrum: found.spectrum,
      basis: found.basis,
      ...(task.classes && { classes: task.classes }),
    },
    method: 'two-layer',
    options: resolved(plan, run),
    seed: task.seed,
    provenance: task.provenance,
  }
}

/** The options as they were settled, plain JSON, with what the run found. */
function resolved(plan: TwoLayerPlan, run: Done): Record<string, unknown> {
  const { options, points, steps, refinement, labels } = plan
  const { reuse, rank, ...given } = options
  return {
    ...given,
    ...(rank !== undefined && { rank }),
    points,
    steps,
    refinement,
    labelCount: labels,
    students: studentCount(plan),
    publicPoints: run.found.mode,
    spread: run.found.spread,
    rankFound: run.found.basis.rows,
    curvature: run.signal ?? null,
    linearShare: run.linear.linearShare,
    history: run.history.map((entry) => ({ ...entry })),
    warnings: twoLayerPreconditions(plan, run).flatMap(({ id, holds }) => (holds === false ? [id] : [])),
    ...(reuse !== undefined && { saved: savedSteps(options) }),
  }
}

/** Distillation and refinement steps that taking points over leaves out. */
function savedSteps({ steps = 3, refinement }: TwoLayerOptions): { steps: number; refinement: number } {
  return { steps, refinement }
}

import type { Matrix } from '#core/matrix'
import { fitLinearPart, withoutLinearPart } from '#models/two-layer/linear-part'
import type { OnData } from '#models/two-layer/reference-models'
import { calibrateStep } from '#models/two-layer/step-size'
import { energyIn } from '#models/two-layer/subspace'
import { noLabelCost } from './labels.ts'
import { distilPoints, findSubspace, refinePoints, signalOf } from './phase-one.ts'
import { addNextStudents, featurePoint, settleLabels, studentCount } from './phase-two.ts'
import type { StepFigure, TwoLayerPlan, TwoLayerRun } from './run.ts'
import { startingPoints } from './run.ts'

type Run<S extends TwoLayerRun['stage']> = Extract<TwoLayerRun, { stage: S }>

/** The next step of a run: a pass over the data or two. */
export async function nextStep(plan: TwoLayerPlan, run: TwoLayerRun): Promise<TwoLayerRun> {
  switch (run.stage) {
    case 'linear part':
      return begin(plan)
    case 'points':
      return movePoints(plan, run)
    case 'refinement':
      return refine(plan, run)
    case 'labels':
      return label(plan, run)
    case 'done':
      return run
  }
}

/** What the phases see of the data. */
async function onData(plan: TwoLayerPlan, linear: OnData['linear'], stage: string): Promise<OnData> {
  const { blas, count, watch } = plan.task
  const { room } = plan
  const { products } = plan.options
  return {
    ...(await plan.centred(linear)),
    inputSize: plan.inputSize,
    blas,
    watch: { ...watch, stage, total: count },
    products,
    room,
  }
}

async function begin(plan: TwoLayerPlan): Promise<TwoLayerRun> {
  const { task, options, inputSize: d } = plan
  const watch = { ...task.watch, stage: 'linear part', total: task.count }
  const fit = await fitLinearPart(task.passes, d, task.blas, watch)
  const kept = options.linearPart === 'none' ? withoutLinearPart(fit) : fit
  if (task.reuse === undefined) {
    return nextPoints(plan, {
      stage: 'points',
      round: 0,
      linear: kept,
      first: startingPoints(plan),
      history: [],
    })
  }
  const { points, labels, training } = task.reuse
  const first = { points, labels: labels.data, tied: training.tied }
  return toLabels(plan, { linear: kept, first, history: [], step: training.step })
}

async function movePoints(plan: TwoLayerPlan, run: Run<'points'>): Promise<TwoLayerRun> {
  const { matching } = plan.options
  const moved = await distilPoints(plan, run.first, run.round, await onData(plan, run.linear, 'points'))
  // The first steps still hold the random start; from the third on the direction is that of the data.
  const tells = (matching === 'exact' || matching === 'inner-product') && run.round >= 2
  const signal = tells ? signalOf(moved, run.linear) : run.signal
  const first = { ...run.first, points: moved.points }
  const history = [...run.history, await figure(plan, 'points', run.round + 1, moved.loss, first.points)]
  return nextPoints(plan, {
    ...run,
    first,
    history,
    round: run.round + 1,
    ...(signal !== undefined && { signal }),
  })
}

async function nextPoints(plan: TwoLayerPlan, run: Run<'points'>): Promise<TwoLayerRun> {
  if (run.round < plan.steps) return run
  const step = await calibrateStep(run.first, plan.random('calibration', 'points'), plan.task.blas)
  if (plan.refinement > 0) return { ...run, stage: 'refinement', round: 0, step }
  return toLabels(plan, { ...run, step })
}

async function refine(plan: TwoLayerPlan, run: Run<'refinement'>): Promise<TwoLayerRun> {
  const moved = await refinePoints(
    plan,
    run.first,
    run.step,
    run.round,
    await onData(plan, run.linear, 'refinement'),
  )
  const first = { ...run.first, points: moved.points }
  const loss = moved.loss / run.linear.targetVariance
  const history = [...run.history, await figure(plan, 'refinement', run.round + 1, loss, first.points)]
  const round = run.round + 1
  if (round < plan.refinement) return { ...run, first, history, round }
  const step = await calibrateStep(first, plan.random('calibration', 'refinement'), plan.task.blas)
  return toLabels(plan, { ...run, first, history, step })
}

async function toLabels(
  plan: TwoLayerPlan,
  { linear, first, history, signal, step }: Omit<Run<'refinement'>, 'stage' | 'round'>,
): Promise<TwoLayerRun> {
  const found = await findSubspace(plan, first.points, await onData(plan, linear, 'spread'))
  const begun = { linear, first, history, step, found, ...(signal !== undefined && { signal }) }
  return { ...begun, stage: 'labels', cost: noLabelCost(plan.labels) }
}

async function label(plan: TwoLayerPlan, run: Run<'labels'>): Promise<TwoLayerRun> {
  const { found, first, step, linear } = run
  const data = await onData(plan, linear, 'labels')
  const { cost, ...rest } = run
  const settled = async (solved: Run<'done'>['solved']): Promise<TwoLayerRun> => {
    const loss = solved.loss / linear.targetVariance
    const history = [...run.history, await figure(plan, 'labels', 1, loss, first.points)]
    return { ...rest, stage: 'done', history, solved }
  }
  if (plan.options.labelMode === 'feature-point') {
    return settled(await featurePoint(plan, first, step, linear.residualSquare, data))
  }
  const next = await addNextStudents(plan, found, first, step, cost, data)
  if (next.students < studentCount(plan)) return { ...run, cost: next }
  return settled(await settleLabels(plan, next, linear.residualSquare))
}

async function figure(
  plan: TwoLayerPlan,
  stage: StepFigure['stage'],
  round: number,
  loss: number,
  points: Matrix,
): Promise<StepFigure> {
  const { subspace, blas } = plan.task
  if (subspace === undefined) return { stage, round, loss }
  return { stage, round, loss, energy: await energyIn(points, subspace, blas) }
}

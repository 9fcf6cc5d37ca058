import type { DistilledSet } from '#core/distilled-set'
import { inputSize } from '#core/dataset'
import { matrix } from '#core/matrix'
import type { Method, Step } from '#core/method'
import type { Precondition } from '#core/precondition'
import { randomStream } from '#core/random'
import type { TwoLayerTraining } from '#core/two-layer-training'
import { fitLinearPart, withoutLinearPart } from '#models/two-layer/linear-part'
import type { OnData } from '#models/two-layer/reference-models'
import { calibrateStep } from '#models/two-layer/step-size'
import { energyIn } from '#models/two-layer/subspace'
import { noLabelCost } from './two-layer/labels.ts'
import { distilPoints, findSubspace, refinePoints, signalOf } from './two-layer/phase-one.ts'
import {
  addNextStudents,
  featurePoint,
  secondPoints,
  settleLabels,
  studentCount,
} from './two-layer/phase-two.ts'
import { twoLayerPreconditions } from './two-layer/preconditions.ts'
import { refuseTwoLayer } from './two-layer/refusals.ts'
import type { RandomStreams, StepFigure, TwoLayerPlan, TwoLayerRun, TwoLayerState } from './two-layer/run.ts'
import { startingPoints } from './two-layer/run.ts'
import { twoLayerOptions, type TwoLayerOptions } from './two-layer-options.ts'
import type { TwoLayerTask } from './two-layer-task.ts'

export type TwoLayerSet = Omit<DistilledSet, 'training'> & { readonly training: TwoLayerTraining }

type Run<S extends TwoLayerRun['stage']> = Extract<TwoLayerRun, { stage: S }>

/** Points and labels that teach a fresh two-layer network what gradient descent learned on all the data. */
export const twoLayer: Omit<Method<TwoLayerOptions, TwoLayerTask, TwoLayerState>, 'finish'> & {
  finish(state: TwoLayerState): Promise<TwoLayerSet>
} = {
  id: 'two-layer',
  title: 'Distillation of what gradient descent learned, for two-layer networks',
  summary:
    'Points for the first layer and labels for the second, from which any fresh network of any width trains.',
  paper: {
    authors: 'Y. Kinoshita, N. Nishikawa, T. Toyoizumi',
    title:
      'Dataset Distillation Efficiently Encodes Low-Dimensional Representations from Gradient-Based Learning of Non-Linear Tasks',
    venue: 'ICML 2026',
    url: 'https://arxiv.org/abs/2603.14830',
  },
  options: twoLayerOptions,
  async preconditions(task, options) {
    return twoLayerPreconditions(planTwoLayer(task, options, streamsOf(task.seed)))
  },
  /** @throws RetortError `usage/…` where a plan cannot work, with the setting that mends it */
  async init(task, options, random) {
    return resumeTwoLayer(task, options, random, { stage: 'linear part' })
  },
  async step({ plan, run }) {
    switch (run.stage) {
      case 'linear part':
        return advance(plan, await begin(plan))
      case 'points':
        return advance(plan, await movePoints(plan, run))
      case 'refinement':
        return advance(plan, await refine(plan, run))
      case 'labels':
        return advance(plan, await label(plan, run))
      case 'done':
        return advance(plan, run)
    }
  },
  async finish(state) {
    let { run } = state
    while (run.stage !== 'done') run = (await twoLayer.step({ plan: state.plan, run })).state.run
    return setOf(state.plan, run)
  },
}

/**
 * A state from a stored run: `state.run` is plain data.
 * @throws RetortError as `init`
 */
export function resumeTwoLayer(
  task: TwoLayerTask,
  options: TwoLayerOptions,
  random: RandomStreams,
  run: TwoLayerRun,
): TwoLayerState {
  const plan = planTwoLayer(task, options, random)
  refuseTwoLayer(plan)
  return { plan, run }
}

/** What the run found of the assumptions: H ≠ 0, the rank, the linear part, and those that were known before. */
export function twoLayerFindings({ plan, run }: TwoLayerState): Precondition[] {
  return twoLayerPreconditions(plan, run)
}

/**
 * All steps at once.
 * @param options as a user gives them; defaults are filled in
 */
export async function distillTwoLayer(
  task: TwoLayerTask,
  options: Partial<TwoLayerOptions> = {},
): Promise<TwoLayerSet> {
  return twoLayer.finish(await twoLayer.init(task, twoLayerOptions.parse(options), streamsOf(task.seed)))
}

function streamsOf(seed: number): RandomStreams {
  return (...tags) => randomStream(seed, 'two-layer', ...tags)
}

function planTwoLayer(task: TwoLayerTask, options: TwoLayerOptions, random: RandomStreams): TwoLayerPlan {
  const { rank, reuse } = options
  const taken = reuse !== undefined
  const points =
    task.reuse?.points.rows ?? options.points ?? (rank === undefined ? 8 : Math.max(2, 2 * rank * rank))
  return {
    task,
    options,
    random,
    inputSize: inputSize(task),
    points,
    steps: taken ? 0 : (options.steps ?? (options.matching === 'squared' ? 100 : 3)),
    refinement: taken ? 0 : options.refinement,
    labels: options.labelMode === 'feature-point' ? options.width : (options.labels ?? options.width),
  }
}

/** What the phases see of the data. */
function onData(plan: TwoLayerPlan, linear: OnData['linear'], stage: string): OnData {
  const { passes, blas, count, watch } = plan.task
  return { passes, linear, inputSize: plan.inputSize, blas, watch: { ...watch, stage, total: count } }
}

async function begin(plan: TwoLayerPlan): Promise<TwoLayerRun> {
  const { task, options, inputSize: d } = plan
  const { watch } = onData(plan, { offset: 0, slope: new Float64Array(d) }, 'linear part')
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
  const moved = await distilPoints(plan, run.first, run.round, onData(plan, run.linear, 'points'))
  const signal =
    matching === 'exact' || matching === 'inner-product' ? signalOf(moved, run.linear) : run.signal
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
    onData(plan, run.linear, 'refinement'),
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
  const found = await findSubspace(plan, first.points)
  const begun = { linear, first, history, step, found, ...(signal !== undefined && { signal }) }
  return { ...begun, stage: 'labels', cost: noLabelCost(plan.labels) }
}

async function label(plan: TwoLayerPlan, run: Run<'labels'>): Promise<TwoLayerRun> {
  const { found, first, step, linear } = run
  const data = onData(plan, linear, 'labels')
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
  points: TwoLayerSet['points'],
): Promise<StepFigure> {
  const { subspace, blas } = plan.task
  if (subspace === undefined) return { stage, round, loss }
  return { stage, round, loss, energy: await energyIn(points, subspace, blas) }
}

function advance(plan: TwoLayerPlan, run: TwoLayerRun): Step<TwoLayerState> {
  return { state: { plan, run }, progress: progressOf(plan, run), done: run.stage === 'done' }
}

function progressOf({ steps, refinement, ...plan }: TwoLayerPlan, run: TwoLayerRun) {
  const students = studentCount({ steps, refinement, ...plan })
  const total = 1 + steps + refinement + students
  const before = {
    'linear part': 0,
    points: 1,
    refinement: 1 + steps,
    labels: 1 + steps + refinement,
    done: total,
  }
  const within =
    run.stage === 'points' || run.stage === 'refinement'
      ? run.round
      : run.stage === 'labels'
        ? run.cost.students
        : 0
  const last = 'history' in run ? run.history.at(-1) : undefined
  const shown =
    last?.energy === undefined
      ? last && { name: 'loss', value: last.loss }
      : { name: 'energy', value: last.energy }
  return {
    stage: run.stage === 'done' ? 'labels' : run.stage,
    done: before[run.stage] + within,
    total,
    unit: 'steps',
    ...(shown && { figure: shown }),
  }
}

function setOf(plan: TwoLayerPlan, run: Run<'done'>): TwoLayerSet {
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
    method: twoLayer.id,
    options: resolved(plan, run),
    seed: task.seed,
    provenance: task.provenance,
  }
}

/** The options as they were settled, plain JSON, with what the run found. */
function resolved(plan: TwoLayerPlan, run: Run<'done'>): Record<string, unknown> {
  const { options, task, points, steps, refinement, labels } = plan
  const { reuse, rank, ...given } = options
  return {
    ...given,
    ...(rank !== undefined && { rank }),
    points,
    steps,
    refinement,
    labels,
    students: studentCount(plan),
    publicPoints: run.found.mode,
    rankFound: run.found.basis.rows,
    history: run.history.map((entry) => ({ ...entry })),
    warnings: twoLayerPreconditions(plan, run).flatMap(({ id, holds }) => (holds === false ? [id] : [])),
    ...(reuse !== undefined && task.reuse && { reused: { points, stepsSaved: savedSteps(options) } }),
  }
}

/** Distillation and refinement steps that taking points over leaves out. */
function savedSteps({ steps = 3, refinement }: TwoLayerOptions): { points: number; refinement: number } {
  return { points: steps, refinement }
}

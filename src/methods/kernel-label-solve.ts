import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import { identity } from '#core/matrix'
import type { Paper, Step } from '#core/method'
import type { Precondition } from '#core/precondition'
import type { Watch } from '#core/progress'
import type { Kernel } from '#kernels/kernel'
import { positiveSolver, predictKernelRidge, relativeRidge } from '#models/kernel-ridge'
import { streamedLeastSquares } from '#models/streamed-least-squares'
import { kernelOptions, pointCount, resolveKernel } from './kernel-options.ts'
import { kernelSet } from './kernel-set.ts'
import type { KernelSet, KernelTask } from './kernel-task.ts'
import { centredLabels, drawSupport, groupsOfExamples, labelOffsetOf } from './kip/support.ts'
import type { RandomStreams } from './ridge/construction.ts'

export const labelSolveOptions = z.strictObject(kernelOptions)

export type LabelSolveOptions = z.output<typeof labelSolveOptions>

const paper: Paper = {
  authors: 'T. Nguyen, Z. Chen, J. Lee',
  title: 'Dataset Meta-Learning from Kernel Ridge-Regression',
  venue: 'ICLR 2021',
  url: 'https://arxiv.org/abs/2011.00050',
}

export interface LabelSolveState {
  readonly task: KernelTask
  readonly options: LabelSolveOptions
  readonly random: RandomStreams
}

/** Real examples with the labels that make kernel regression on them predict all training examples best. */
export const labelSolve = {
  id: 'label-solve',
  title: 'Label Solve',
  summary:
    'Real examples, relabelled so that kernel ridge regression on them predicts the training data best.',
  paper,
  options: labelSolveOptions,
  async preconditions(): Promise<Precondition[]> {
    return []
  },
  async init(task: KernelTask, options: LabelSolveOptions, random: RandomStreams): Promise<LabelSolveState> {
    return { task, options, random }
  },
  async step(state: LabelSolveState): Promise<Step<LabelSolveState>> {
    return { state, progress: { stage: 'distil', done: 1, total: 1, unit: 'steps' }, done: true }
  },
  /** @throws RetortError `usage/…` where options and task do not fit, `check/not-positive` */
  async finish({ task, options, random }: LabelSolveState, watch: Watch = {}): Promise<KernelSet> {
    const { examples, target } = task
    const kernel = await resolveKernel(options, task)
    const groups = groupsOfExamples(examples, target)
    const count = pointCount(options, task)
    const points = await examples.inputsAt(drawSupport(groups, count, random('support')))
    const offset = labelOffsetOf(examples, target)
    const { ridgeShare } = options
    const { labels, rank } = await solveLabels(kernel, points, { task, offset, ridgeShare }, watch)
    const found = { method: labelSolve.id, kernel, points, labels, offset, ridgeShare, settled: { rank } }
    return kernelSet(task, found, watch)
  },
}

/** Examples that are read at once. */
const blockRows = 4096

/**
 * y_S = (K_TS (K_SS + λI)⁻¹)⁺ y_T over all training examples, of least norm (Nguyen, Chen, Lee 2021, eq. 8), streamed.
 * @returns m × k, and the rank of what was inverted
 */
export async function solveLabels(
  kernel: Kernel,
  points: Matrix,
  { task, offset, ridgeShare }: { task: KernelTask; offset: Float64Array; ridgeShare: number },
  watch: Watch = {},
): Promise<{ labels: Matrix; rank: number }> {
  const { blas, examples } = task
  const gram = await kernel.symmetricGram(points, blas)
  const ridge = relativeRidge(gram, ridgeShare)
  const solve = await positiveSolver(gram, ridge, blas)
  // What labels of one at each point predict: f(x) = K(x, X_S) (K_SS + λI)⁻¹.
  const unit = {
    kernel,
    points,
    dual: await solve(identity(points.rows)),
    offset: new Float64Array(points.rows),
    ridge,
  }
  const system = streamedLeastSquares(points.rows, offset.length, blas)
  for (let from = 0; from < examples.count; from += blockRows) {
    watch.signal?.throwIfAborted()
    const rows = Math.min(blockRows, examples.count - from)
    const indices = Uint32Array.from({ length: rows }, (_, i) => from + i)
    const influence = await predictKernelRidge(unit, await examples.inputsAt(indices), blas, watch)
    await system.add(influence, centredLabels(examples, indices, offset))
    watch.report?.({ stage: 'labels', done: from + rows, total: examples.count, unit: 'examples' })
  }
  const { solution, rank } = await system.solve()
  return { labels: solution, rank }
}

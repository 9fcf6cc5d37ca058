import type { TwoLayerSet } from '#core/distilled-set'
import { randomStream } from '#core/random'
import { claimedSeeds } from '#evaluate/two-layer/compare'
import { twoLayer, resumeTwoLayer } from '#methods/two-layer'
import { twoLayerOptions } from '#methods/two-layer-options'
import type { LabelStudent } from '#methods/two-layer/labels'
import { addStudents, measureStudents, noLabelCost } from '#methods/two-layer/labels'
import { distilledStudent, featurePoint, secondPoints, settleLabels } from '#methods/two-layer/phase-two'
import { fewestPoints } from '#methods/two-layer/preconditions'
import type { TwoLayerPlan, TwoLayerRun } from '#methods/two-layer/run'
import { startingPoints } from '#methods/two-layer/run'
import { setOf } from '#methods/two-layer/set'
import type { LinearFit } from '#models/two-layer/linear-part'
import { fitLinearPart } from '#models/two-layer/linear-part'
import { storedNumbers } from '#models/two-layer/memory'
import { predictTwoLayer } from '#models/two-layer/model'
import { publicPoints } from '#models/two-layer/public-points'
import { trainStudent } from '#models/two-layer/student'
import { median } from '../turns.ts'
import type { HeldTask } from './task.ts'

/** A set that reaches the error, or the one that came nearest. */
export interface Smallest {
  readonly reached: boolean
  /** M1 and M2. */
  readonly points: number
  readonly labels: number
  /** Numbers stored. */
  readonly memory: number
  /** Median relative test error of fresh students. */
  readonly error: number
  /** The error with the same points, and with as many labels as neurons. */
  readonly allLabels: number
  /** The error of one student whose second layer is stored as a point in its feature space, and the numbers of that set. */
  readonly featurePoint: { readonly error: number; readonly memory: number }
}

export interface SearchSettings {
  /** r, as told to the method: bounds the points from below by the count, from above by 2 r². */
  readonly rank: number
  /** L */
  readonly width: number
  /** The error to reach. */
  readonly target: number
}

/**
 * The fewest numbers with which a set reaches an error. For M1 from the counting bound upwards: points of their own
 * distillation, then the fewest labels that serve; it ends where more points alone are more numbers than the best set has.
 * Every set is the one that `retort distill --points M1 --label-count M2` writes.
 */
export async function searchSmallest(held: HeldTask, settings: SearchSettings): Promise<Smallest> {
  const { rank, width, target } = settings
  const { task } = held
  const linear = await fitLinearPart(task.passes, task.inputShape[0], task.blas)
  const counts = labelCounts(width)
  const perPoint = task.inputShape[0] + 1
  let best: Smallest | undefined
  for (const points of pointCounts(rank)) {
    if (best?.reached && (points - best.points) * perPoint >= best.labels - counts[0]) break
    const bench = await distilled(held, { points, rank, width }, linear)
    const full = await bench.withLabels(width)
    if (full.error > target) {
      if (best === undefined || full.error < best.error) {
        best = { reached: false, ...full, allLabels: full.error, featurePoint: await bench.featurePoint() }
      }
      continue
    }
    const found = await fewestLabels(counts, full, target, bench.withLabels)
    if (best?.reached && best.memory <= found.memory) continue
    best = { reached: true, ...found, allLabels: full.error, featurePoint: await bench.featurePoint() }
  }
  if (best === undefined) throw new RangeError('there are numbers of points to try')
  return best
}

type Tried = Pick<Smallest, 'points' | 'labels' | 'memory' | 'error'>

/** Bisection over the counts; the last is known to serve. */
async function fewestLabels(
  counts: readonly number[],
  last: Tried,
  target: number,
  withLabels: (count: number) => Promise<Tried>,
): Promise<Tried> {
  let best = last
  let low = -1
  let high = counts.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    const tried = await withLabels(counts[middle])
    if (tried.error <= target) {
      best = tried
      high = middle
    } else low = middle
  }
  return best
}

/** M1 from the counting bound to 2 r², in steps that grow. */
export function pointCounts(rank: number): number[] {
  const counts = [fewestPoints(rank)]
  for (;;) {
    const last = counts[counts.length - 1]
    const next = Math.max(last + 1, Math.round(1.15 * last))
    if (next >= 2 * rank * rank) return [...counts, 2 * rank * rank]
    counts.push(next)
  }
}

/** M2 from ten to the width, each a fifth more than the one before. */
function labelCounts(width: number): number[] {
  const counts: number[] = []
  for (let count = 10; count < width; count *= 1.19) counts.push(Math.round(count))
  return [...counts, width]
}

/** Points of one distillation, and what sets of them reach. */
async function distilled(
  { task, test }: HeldTask,
  settings: { points: number; rank: number; width: number },
  linear: LinearFit,
) {
  const { blas } = task
  const options = twoLayerOptions.parse(settings)
  const streams = (...tags: (string | number)[]) => randomStream(task.seed, twoLayer.id, ...tags)
  let { plan, run } = resumeTwoLayer(task, options, streams, { stage: 'linear part' })
  run = { stage: 'points', round: 0, linear, first: startingPoints(plan), history: [] }
  while (run.stage === 'points' || run.stage === 'refinement')
    ({ plan, run } = (await twoLayer.step({ plan, run })).state)
  if (run.stage !== 'labels') throw new RangeError('labels follow the points')
  const labelled = run
  const { found, first, step } = labelled
  const data = { passes: task.passes, linear, inputSize: plan.inputSize, blas, products: options.products }
  const layers = []
  for (let j = 0; j < options.students; j++) layers.push(await distilledStudent(plan, first, step, j, data))
  const students: LabelStudent[] = []
  // As many layers at once as moments fit into a quarter of a gigabyte.
  const together = Math.max(1, Math.floor(2 ** 25 / settings.width ** 2))
  for (let j = 0; j < layers.length; j += together) {
    students.push(...(await measureStudents(layers.slice(j, j + together), data)))
  }
  const finished = (of: TwoLayerPlan, solved: Extract<TwoLayerRun, { stage: 'done' }>['solved']) =>
    setOf(of, { ...labelled, stage: 'done', solved })
  const errors = async (set: TwoLayerSet, seeds: readonly number[]) => {
    const found: number[] = []
    for (const seed of seeds) {
      const predictions = await predictTwoLayer(await trainStudent(set, { seed }, blas), test.inputs, blas)
      let squares = 0
      for (let i = 0; i < predictions.length; i++) squares += (predictions[i] - test.targets[i]) ** 2
      found.push(squares / predictions.length / test.variance)
    }
    return median(found)
  }
  return {
    /** The best labels of that number. */
    async withLabels(labels: number): Promise<Tried> {
      const of = { ...plan, labels }
      const inputs = await publicPoints(secondPoints(of, found), first.points, blas)
      const cost = await addStudents(noLabelCost(labels), students, inputs, options.ridge, blas)
      const set = finished(of, await settleLabels(of, cost, linear.residualSquare))
      const memory = storedNumbers(set.points, set.training).total
      return { points: settings.points, labels, memory, error: await errors(set, claimedSeeds) }
    },
    /** The second layer of one student itself. */
    async featurePoint() {
      const of = {
        ...plan,
        labels: settings.width,
        options: { ...options, labelMode: 'feature-point' as const },
      }
      const set = finished(of, await featurePoint(of, first, step, linear.residualSquare, data))
      const memory = storedNumbers(set.points, set.training).total
      return { error: await errors(set, [task.seed]), memory }
    },
  }
}

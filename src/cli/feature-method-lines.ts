import type { GaussNewtonPlanned } from '#engine/plan-gauss-newton'
import type { MaaloufPlanned } from '#engine/plan-maalouf'
import { preconditionLine } from './plan-lines.ts'
import { duration, group } from './progress-line.ts'
import { bytes, figure } from './wording.ts'

/** A plan of a search for few points, for people. */
export function gaussNewtonPlanLines(plan: GaussNewtonPlanned): string[] {
  const { points, counts, fewest, rank, restarts, steps, shrink, limitSeconds } = plan
  return [
    headLine(plan),
    '',
    `${group(fewest)} points are needed for almost every W of rank ${rank}, the most that it can have (count of dimensions, docs/theory.md)`,
    counts.length > 1
      ? `The search begins with ${group(points)} points, and goes on to ${counts.slice(1).map(group).join(', ')} while nothing is found`
      : `The search is for ${group(points)} points`,
    ...(shrink ? [`Where some are found it goes on with one point less, down to ${group(fewest)}`] : []),
    `For each number of points at most ${starts(restarts)} of ${group(steps)} steps`,
    stepLine(plan),
    `All steps of all starts: at most ${figure(plan.floatingPointOperations)} operations${about(plan.searchSeconds)}; a search ends where points are found`,
    ...(limitSeconds === undefined
      ? []
      : [`--seconds ends it after ${duration(limitSeconds)}, and the best points so far count`]),
    'That points are found is no theorem; those that are found are exact.',
    '',
    'Preconditions',
    ...plan.preconditions.map(preconditionLine),
    '',
    `About ${duration(plan.seconds)} of computing before the search (reading apart) and ${bytes(plan.memoryBytes)} of memory.`,
  ]
}

/** A plan of labels for as many points as features, for people. */
export function maaloufPlanLines(plan: MaaloufPlanned): string[] {
  const { points, pointsFrom, fewest, floatingPointOperations } = plan
  return [
    headLine(plan),
    '',
    `${group(points)} points, ${sources[pointsFrom]}: ${group(fewest)} of full rank carry every W, and more are better conditioned`,
    `Their labels in one step of ${figure(floatingPointOperations)} operations`,
    '',
    'Preconditions',
    ...plan.preconditions.map(preconditionLine),
    '',
    `About ${duration(plan.seconds)} of computing (reading apart) and ${bytes(plan.memoryBytes)} of memory.`,
  ]
}

const sources: Readonly<Record<MaaloufPlanned['pointsFrom'], string>> = {
  real: 'real examples at random',
  herding: 'real examples chosen by herding (whose time is not counted)',
  'k-means': 'real examples chosen by k-means (whose time is not counted)',
  'k-center': 'real examples chosen by k-center (whose time is not counted)',
  gaussian: 'standard normals',
}

function headLine(plan: GaussNewtonPlanned | MaaloufPlanned): string {
  const { method, examples, inputSize, targetSize, features, preprocessing, intercept } = plan
  const behind = features
    ? `behind feature map ${features.id} with ${group(features.featureSize)} features`
    : 'on the inputs themselves'
  return `${group(examples)} examples, ${group(inputSize)} inputs, ${targetSize} targets; ${method} ${behind}; preprocessing ${preprocessing}, ${intercept ? 'with' : 'without'} intercept`
}

function stepLine({ step, points, operationsPerStep, secondsPerStep }: GaussNewtonPlanned): string {
  const [rows, cols] = step.jacobian
  const work = step.dense
    ? `with the Jacobian, ${group(rows)} × ${group(cols)}, written out`
    : `in up to ${group(step.iterations)} iterations of conjugate gradients, without writing out the Jacobian, ${group(rows)} × ${group(cols)}`
  return `A step with ${group(points)} points takes${step.dense ? '' : ' at most'} ${figure(operationsPerStep)} operations${about(secondsPerStep)}, ${work}`
}

/** Too short a time says nothing: what is counted is then not what takes it. */
function about(seconds: number): string {
  return seconds < 0.1 ? '' : `, about ${duration(seconds)}`
}

function starts(count: number): string {
  return `${group(count)} ${count === 1 ? 'start' : 'starts'}`
}

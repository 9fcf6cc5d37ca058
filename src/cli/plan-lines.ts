import type { Precondition } from '#core/precondition'
import type { KernelPlan } from '#engine/kernel/plan'
import type { Plan } from '#engine/plan'
import type { FeaturePlan } from '#engine/plan-features'
import { duration, group } from './progress-line.ts'
import { bytes, figure } from './wording.ts'

const marks = { true: '✓', false: '✗', unknown: '?' }

/** One assumption: whether it holds, what was measured and what is needed. */
export function preconditionLine({ holds, statement, measured, needed, theorem }: Precondition): string {
  const shown = typeof measured === 'number' ? figure(measured) : measured
  return `  ${marks[`${holds}`]} ${statement}: ${shown}, needs ${needed} (${theorem})`
}

/** A plan for people. */
export function planLines(plan: Plan): string[] {
  const { examples, inputSize, targetSize, preprocessing, intercept, minimum, preconditions, features } = plan
  return [
    `${group(examples)} examples, ${group(inputSize)} inputs, ${targetSize} targets; preprocessing ${preprocessing}, ${intercept ? 'with' : 'without'} intercept`,
    '',
    ...(features ? featureLines(features) : []),
    ...(features?.preconditions.some(({ holds }) => holds !== true) ? [] : minimumLines(minimum)),
    'Preconditions',
    ...preconditions.map(preconditionLine),
    '',
    `About ${duration(plan.seconds)} of computing (reading apart) and ${bytes(plan.memoryBytes)} of memory.`,
  ]
}

function minimumLines(minimum: Plan['minimum']): string[] {
  return [
    'Fewest points that give the same ridge model exactly',
    ...minimum.map(
      ({ labels, points, statement, theorem }) =>
        `  ${group(points).padStart(6)}  ${labels}: ${statement} (${theorem})`,
    ),
    '',
  ]
}

/** A plan of a kernel method for people. */
export function kernelPlanLines(plan: KernelPlan): string[] {
  const { method, examples, inputSize, targetSize, points, kernel, steps, batch } = plan
  const seen = batch ? `${group(batch)} examples each` : 'from statistics, whatever the number of examples'
  return [
    `${group(examples)} examples, ${group(inputSize)} inputs, ${targetSize} targets; ${method} for kernel ${kernel}, ${group(points)} points`,
    ...(steps === undefined ? [] : [`${group(steps)} steps, ${seen}`]),
    'No theorem says what it reaches: the certificate states what was measured.',
    ...(plan.preconditions.length > 0 ? ['Preconditions', ...plan.preconditions.map(preconditionLine)] : []),
    '',
    `About ${duration(plan.seconds)} of computing (reading apart) and ${bytes(plan.memoryBytes)} of memory.`,
  ]
}

/** What a feature map makes of a plan. */
function featureLines({ id, featureSize, minimum, conditions, condition, storage }: FeaturePlan): string[] {
  return [
    `Feature map ${id}: ${group(featureSize)} features`,
    ...minimum.map(
      ({ points, statement, theorem }) => `  ${group(points).padStart(6)}  ${statement} (${theorem})`,
    ),
    ...conditions.map(
      ({ name, rows, cols, largest, smallest }) =>
        `  ${name}, ${rows} × ${cols}: singular values ${figure(smallest)} to ${figure(largest)}`,
    ),
    `  ${condition === null ? 'No condition number is known for it' : `Rounding of points grows up to ${figure(condition)} times`}: --storage ${storage} keeps the set exact`,
    '',
  ]
}

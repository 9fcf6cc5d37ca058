import type { Precondition } from '#core/precondition'
import type { Plan } from '#engine/plan'
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
  const { examples, inputSize, targetSize, preprocessing, intercept, minimum, preconditions } = plan
  return [
    `${group(examples)} examples, ${group(inputSize)} inputs, ${targetSize} targets; preprocessing ${preprocessing}, ${intercept ? 'with' : 'without'} intercept`,
    '',
    'Fewest points that give the same ridge model exactly',
    ...minimum.map(
      ({ labels, points, statement, theorem }) =>
        `  ${group(points).padStart(6)}  ${labels}: ${statement} (${theorem})`,
    ),
    '',
    'Preconditions',
    ...preconditions.map(preconditionLine),
    '',
    `About ${duration(plan.seconds)} of computing (reading apart) and ${bytes(plan.memoryBytes)} of memory.`,
  ]
}

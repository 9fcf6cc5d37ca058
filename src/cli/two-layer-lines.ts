import type { TwoLayerPlanned } from '#engine/two-layer/plan'
import type { TwoLayerResult } from '#engine/two-layer/distill'
import type { TwoLayerComparison } from '#evaluate/two-layer/compare'
import { preconditionLine } from './plan-lines.ts'
import { duration, group } from './progress-line.ts'
import type { Terminal } from './terminal.ts'
import { comparisonTable, figure } from './wording.ts'

/** A plan for people: what the set will hold, how many examples it needs. */
export function twoLayerPlanLines(plan: TwoLayerPlanned): string[] {
  const { examples, inputSize, points, width, labels, floats, dataFloats, order, examplesNeeded } = plan
  const ratio = dataFloats / floats
  return [
    `${group(examples)} examples, ${group(inputSize)} inputs: ${group(dataFloats)} numbers`,
    '',
    `The set: ${points} points, ${group(labels)} labels for networks of width ${group(width)}: ${group(floats)} numbers, ${ratio >= 10 ? group(Math.round(ratio)) : ratio.toFixed(1)} times fewer`,
    order === undefined
      ? 'Give --rank r where the number of directions is known; the memory is then of the order r² d + L.'
      : `r² d + L = ${group(order)}`,
    `Examples needed: about ${group(examplesNeeded.plain)} (4 d²) without refinement, ${group(examplesNeeded.refined)} (d²/2) with it`,
    '',
    'Preconditions',
    ...plan.preconditions.map(preconditionLine),
  ]
}

/** Says what a distillation gave; the exit code. */
export function reportTwoLayer(
  result: TwoLayerResult,
  { input, output }: { input: string; output: string },
  terminal: Terminal,
): number {
  const { certificate, comparison, findings, set, seconds } = result
  const paint = certificate.holds ? terminal.green : terminal.red
  terminal.say(paint(certificate.claim))
  for (const precondition of certificate.preconditions) {
    if (precondition.holds === false) terminal.notice(`warning: ${preconditionLine(precondition).trim()}`)
  }
  terminal.say()
  for (const line of comparisonTable(comparison)) terminal.say(line)
  terminal.say()
  if (findings.angles) {
    const angles = findings.angles.map((angle) => `${figure(angle)}°`).join(', ')
    terminal.say(`${set.training.basis.rows} directions found, ${angles} from the true ones`)
  }
  terminal.say(`${output}/report.html   ${duration(seconds.total)}`)
  terminal.say(terminal.dim(`check it: retort verify ${output} --data ${input}`))
  const measure = (id: string) => certificate.measures.find((each) => each.id === id)?.value ?? null
  terminal.result({
    schemaVersion: 1,
    artefact: output,
    method: 'two-layer',
    points: set.points.rows,
    floats: measure('numbers'),
    directions: set.training.basis.rows,
    error: {
      median: measure('error-median'),
      lowest: measure('error-lowest'),
      highest: measure('error-highest'),
      split: comparison.split,
      n: measure('inputs'),
    },
    holds: certificate.holds,
    claim: certificate.claim,
    preconditions: certificate.preconditions,
    angles: findings.angles ?? null,
    trace: findings.trace,
    students: findings.students,
    memory: findings.memory,
    comparison: comparison.rows,
    seconds,
    peakMemoryBytes: result.peakMemoryBytes,
  })
  return certificate.holds ? 0 : 4
}

/** Says how students of a set did. */
export function reportStudents(compared: TwoLayerComparison, folder: string, terminal: Terminal): number {
  const { comparison, students, memory } = compared
  for (const line of comparisonTable(comparison)) terminal.say(line)
  terminal.say()
  for (const { width, seed, relativeError } of students) {
    terminal.say(`  width ${width}, seed ${seed}: error ${figure(relativeError)}`)
  }
  for (const row of comparison.rows) if (row.note) terminal.say(terminal.dim(`${row.name}: ${row.note}`))
  terminal.result({ schemaVersion: 1, artefact: folder, ...comparison, students, memory })
  return 0
}

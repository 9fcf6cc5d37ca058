import type { KernelRequest } from '#engine/kernel/distill'
import { distillKernel } from '#engine/kernel/distill'
import { duration } from './progress-line.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'
import { comparisonTable } from './wording.ts'

/**
 * Distils for a kernel and tells the outcome; the exit code.
 * @param path of the input, as it was given
 */
export async function distillWithKernel(
  request: KernelRequest,
  path: string,
  session: Session,
  terminal: Terminal,
): Promise<number> {
  const { output, method } = request
  const { set, certificate, comparison, seconds, peakMemoryBytes } = await distillKernel(request, session)
  const distilled = comparison.rows.find((row) => row.name === 'distilled')
  terminal.say(terminal.green(certificate.claim))
  terminal.say()
  for (const line of comparisonTable(comparison)) terminal.say(line)
  terminal.say()
  terminal.say(`${output}/report.html   ${duration(seconds.total)}`)
  terminal.say(terminal.dim(`check it: retort verify ${output} --data ${path}`))
  terminal.result({
    schemaVersion: 1,
    artefact: output,
    method,
    points: set.points.rows,
    kernel: set.training.kernel,
    ridgeDistilled: set.training.ridge,
    loss: set.training.loss,
    ...(set.options.losses !== undefined && { losses: set.options.losses }),
    holds: certificate.holds,
    measures: certificate.measures,
    accuracy: distilled && {
      metric: distilled.score.metric,
      distilled: distilled.score.value,
      n: distilled.score.n,
      interval: distilled.score.interval,
      split: comparison.split,
    },
    comparison: comparison.rows,
    seconds,
    peakMemoryBytes,
  })
  return certificate.holds ? 0 : 4
}

import type { Certificate, RidgeClaim } from '#core/certificate'
import { requireOutside } from '#artefact/output-folder'
import { parseGeneratorSpec } from '#data/generators/index'
import { distillDataset } from '#engine/distill'
import { distillTwoLayerDataset } from '#engine/two-layer/distill'
import { publicName } from '#engine/input'
import { commandWords, distillOptions, sortSettings, withRecipe } from '../distill-settings.ts'
import { distillWithKernel } from '../distill-kernel.ts'
import { planChosen } from '../plan-chosen.ts'
import { duration, group } from '../progress-line.ts'
import { openGiven, withSession } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { reportTwoLayer } from '../two-layer-lines.ts'
import { distillSections } from '../distill-sections.ts'
import { defineVerb } from '../verb.ts'
import { comparisonTable, figure } from '../wording.ts'

export const distill = defineVerb({
  name: 'distill',
  summary: 'Distil a dataset into a folder of synthetic points with its certificate.',
  arguments: [{ name: 'path', summary: 'file, folder or generator (glyphs:60000)', required: true }],
  options: distillOptions,
  examples: [
    'retort distill path/to/mnist -o mnist-10',
    'retort distill path/to/mnist --ipc 10 --variant realistic -o mnist-100',
    'retort distill houses.csv --target price -o houses',
    'retort distill path/to/mnist --method kip --kernel ntk --ipc 1 --steps 300 -o mnist-kip',
    'retort distill multi-index:40000,d=100,r=2 --method two-layer --rank 2 -o two-layer',
    'retort distill path/to/mnist --recipe ridge/mnist/ipc1 -o mnist-paper',
  ],
  sections: distillSections,
  hint: 'One method alone: retort distill --method NAME --help',
  async run([input], given, terminal) {
    const options = withRecipe(given)
    const settings = sortSettings(options)
    const { fit, artefact, input: inputs, features, chosen } = settings
    const name = publicName(input)
    const output = options.output ?? `retort-${name.replace(/[^\w.-]+/g, '-')}`
    const { train, test, labels, testLabels } = inputs
    const path = parseGeneratorSpec(input) ? undefined : input
    const read = [path, train, test, labels, testLabels, options.reuse].filter((name) => name !== undefined)
    if (!options.dryRun) await requireOutside(output, read)
    return withSession(options, terminal, async ({ blas, watch }) => {
      const dataset = await openGiven(input, options, watch)
      for (const note of dataset.notes) terminal.notice(`note: ${note}`)
      if (options.dryRun) {
        const { plan, lines } = await planChosen(dataset, options, settings, blas)
        for (const line of lines) terminal.say(line)
        terminal.result({ schemaVersion: 1, plan, settings: { ...options, output } })
        return 0
      }
      const command = commandWords(input, options)
      if (chosen.method === 'two-layer') {
        const request = {
          dataset,
          name,
          command,
          methodOptions: chosen.methodOptions,
          input: inputs,
          fit,
          artefact,
          output,
        }
        return reportTwoLayer(
          await distillTwoLayerDataset(request, { blas, watch }),
          { input, output },
          terminal,
        )
      }
      if (chosen.family === 'kernel') {
        const request = { dataset, name, command, input: inputs, fit, features, artefact, output, ...chosen }
        return distillWithKernel(request, input, { blas, watch }, terminal)
      }
      const { method, methodOptions } = chosen
      const request = {
        dataset,
        name,
        command,
        method,
        methodOptions,
        input: inputs,
        fit,
        features,
        artefact,
        output,
      }
      const result = await distillDataset(request, { blas, watch })
      const { certificate, comparison, set, seconds } = result
      const [original, distilled] = comparison.rows
      terminal.say(verdictLine(certificate, terminal))
      terminal.say()
      for (const line of comparisonTable(comparison)) terminal.say(line)
      terminal.say()
      terminal.say(`${output}/report.html   ${duration(seconds.total)}`)
      terminal.say(terminal.dim(`check it: retort verify ${output} --data ${input}`))
      terminal.result({
        schemaVersion: 1,
        artefact: output,
        method,
        points: set.points.rows,
        ridge: original.ridge,
        ridgeDistilled: set.training.ridge,
        relativeError: certificate.relativeError,
        tolerance: certificate.tolerance,
        holds: certificate.holds,
        accuracy: {
          metric: original.score.metric,
          original: original.score.value,
          distilled: distilled.score.value,
          n: distilled.score.n,
          interval: distilled.score.interval,
          split: comparison.split,
        },
        comparison: comparison.rows,
        seconds,
        peakMemoryBytes: result.peakMemoryBytes,
      })
      if (certificate.holds) return 0
      terminal.notice(
        artefact.storage === 'float32'
          ? '  → Rounding to float32 was too coarse for these points: use --storage float64.'
          : '  → Use --variant noise or --label-encoding soft, which condition the points best.',
      )
      return 4
    })
  },
})

function verdictLine({ holds, theorem, ...claim }: Certificate<RidgeClaim>, terminal: Terminal): string {
  const points = claim.points === 1 ? '1 point' : `${group(claim.points)} points`
  const model = `the model of ${group(claim.examples)} ${claim.examples === 1 ? 'example' : 'examples'}`
  const error = `‖W_S − W‖/‖W‖ = ${figure(claim.relativeError)}, bound ${figure(claim.tolerance)}`
  if (!holds) return terminal.red(`${points} do not give ${model}: ${error}`)
  if (theorem.id === 'labels-projection') {
    return `${points} with the best labels only approximate ${model}: ${error}`
  }
  if (theorem.id !== 'eckart-young') {
    return terminal.green(`${points} ${claim.points === 1 ? 'gives' : 'give'} ${model}: ${error}`)
  }
  return `${points} can only approximate ${model}, and ${claim.points === 1 ? 'does' : 'do'} so as well as any: ${error}`
}

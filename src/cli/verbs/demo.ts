import { z } from 'zod'
import { readArtefact } from '#artefact/read'
import { verifyArtefact } from '#certify/verify'
import { distillDataset } from '#engine/distill'
import { openInput } from '#engine/input'
import { undoPreprocessing } from '#data/preprocessing'
import { commandWords, distillOptions, sortSettings } from '../distill-settings.ts'
import { imageLines } from '../image-lines.ts'
import { duration, group } from '../progress-line.ts'
import { withSession } from '../session.ts'
import { computeOptions, defineVerb } from '../verb.ts'
import { comparisonTable, figure } from '../wording.ts'

const distillSchema = z.object(distillOptions)

export const demo = defineVerb({
  name: 'demo',
  summary: 'Distil sixty thousand drawn digits to ten images, prove it and check the proof. Needs no data.',
  options: {
    output: z.string().default('retort-demo').describe('folder to write'),
    examples: z.int().min(1000).default(60_000).describe('training images to draw'),
    seed: z.int().min(0).default(0).describe('seed of every random choice'),
    ...computeOptions,
  },
  examples: ['retort demo', 'retort demo --examples 200000 -o big-demo'],
  async run(_inputs, options, terminal) {
    const { output, seed, examples } = options
    const input = `glyphs:${examples},seed=${seed}`
    return withSession(options, terminal, async ({ blas, watch }) => {
      const dataset = await openInput(input, {})
      const settings = distillSchema.parse({ seed, force: false })
      const { fit, features, artefact, methodOptions } = sortSettings(settings)
      terminal.say(`Distilling ${group(examples)} drawn digits (${input}) …`)
      const result = await distillDataset(
        {
          dataset,
          name: input,
          command: commandWords(input, settings),
          method: 'ridge',
          methodOptions,
          input: {},
          fit,
          features,
          artefact,
          output,
        },
        { blas, watch },
      )
      const { set } = await readArtefact(output)
      if (terminal.interactive) {
        const raw = await undoPreprocessing(set.points, set.preprocessing, blas)
        terminal.say()
        for (const line of imageLines(raw, set.inputShape)) terminal.say(line)
      }
      const { certificate, comparison, seconds } = result
      terminal.say()
      for (const line of comparisonTable(comparison)) terminal.say(line)
      const verdict = await verifyArtefact(output, { blas }, watch)
      terminal.say()
      terminal.say(
        `${set.points.rows} images give the model of ${group(examples)}: ‖W_S − W‖/‖W‖ = ${figure(certificate.relativeError)}, measured on the written file.`,
      )
      terminal.say(
        verdict.ok
          ? terminal.green(`The certificate holds: all ${verdict.checks.length} checks passed.`)
          : terminal.red('The certificate does not hold.'),
      )
      terminal.say(`${duration(seconds.total)} in all. Open ${output}/report.html, then try:`)
      terminal.say(`  npx retort verify ${output} --data ${input}`)
      terminal.say('  npx retort distill path/to/your/data -o distilled')
      terminal.result({
        schemaVersion: 1,
        artefact: output,
        ok: verdict.ok,
        relativeError: certificate.relativeError,
        comparison: comparison.rows,
        seconds,
        peakMemoryBytes: result.peakMemoryBytes,
      })
      return verdict.ok ? 0 : 4
    })
  },
})

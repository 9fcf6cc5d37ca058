import { z } from 'zod'
import { readArtefact } from '#artefact/read'
import { verifyArtefact } from '#certify/verify'
import { distillDataset } from '#engine/distill'
import { openInput } from '#engine/input'
import { artefactSettings } from '#engine/settings'
import { distillTwoLayerDataset } from '#engine/two-layer/distill'
import { ridgeOptions } from '#methods/ridge-options'
import { undoPreprocessing } from '#data/preprocessing'
import { commandWords, distillOptions, sortSettings } from '../distill-settings.ts'
import { imageLines } from '../image-lines.ts'
import { duration, group } from '../progress-line.ts'
import { RetortError } from '#core/errors'
import { reportTwoLayer } from '../two-layer-lines.ts'
import { withSession } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { computeOptions, defineVerb } from '../verb.ts'
import { comparisonTable, figure } from '../wording.ts'

const distillSchema = z.object(distillOptions)

export const demo = defineVerb({
  name: 'demo',
  summary: 'Distil sixty thousand drawn digits to ten images, prove it and check the proof. Needs no data.',
  arguments: [{ name: 'what', summary: 'digits (default) or two-layer' }],
  options: {
    output: z
      .string()
      .optional()
      .describe('folder to write (default: retort-demo, or retort-demo-two-layer)'),
    examples: z.int().min(1000).optional().describe('training examples to draw (default: 60000, or 10000)'),
    force: artefactSettings.force,
    seed: z.int().min(0).default(0).describe('seed of every random choice'),
    ...computeOptions,
  },
  examples: ['retort demo', 'retort demo --examples 200000 -o big-demo', 'retort demo two-layer'],
  async run([what = 'digits'], options, terminal) {
    const { seed } = options
    if (what === 'two-layer') return demoTwoLayer(options, terminal)
    if (what !== 'digits') throw unknownDemo(what)
    const { output = 'retort-demo', examples = 60_000 } = options
    const input = `glyphs:${examples},seed=${seed}`
    return withSession(options, terminal, async ({ blas, watch }) => {
      const dataset = await openInput(input, {})
      const settings = distillSchema.parse({ seed, force: options.force })
      const { fit, features, artefact } = sortSettings(settings)
      terminal.say(`Distilling ${group(examples)} drawn digits (${input}) …`)
      const result = await distillDataset(
        {
          dataset,
          name: input,
          command: commandWords(input, settings),
          method: 'ridge',
          methodOptions: ridgeOptions.parse({}),
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

/** A target of two hidden directions among fifty: found, distilled to 700 numbers, learned again from them. */
async function demoTwoLayer(
  options: {
    output?: string
    examples?: number
    force: boolean
    seed: number
    blas: 'auto' | 'native' | 'wasm'
    threads?: number
  },
  terminal: Terminal,
): Promise<number | undefined> {
  const { output = 'retort-demo-two-layer', examples = 10_000, seed } = options
  const input = `multi-index:${examples},d=50,r=2,seed=${seed}`
  return withSession(options, terminal, async ({ blas, watch }) => {
    const dataset = await openInput(input, {})
    const settings = distillSchema.parse({
      method: 'two-layer',
      rank: 2,
      width: 200,
      seed,
      force: options.force,
    })
    const { fit, artefact, chosen } = sortSettings(settings)
    if (chosen.method !== 'two-layer') throw new RangeError('the demo is of two-layer networks')
    terminal.say(`Distilling ${group(examples)} examples of a target with two hidden directions (${input}) …`)
    const command = commandWords(input, settings)
    const request = {
      dataset,
      name: input,
      command,
      methodOptions: chosen.methodOptions,
      input: {},
      fit,
      artefact,
      output,
    }
    const result = await distillTwoLayerDataset(request, { blas, watch })
    terminal.say()
    return reportTwoLayer(result, { input, output }, terminal)
  })
}

function unknownDemo(what: string): RetortError {
  return new RetortError({
    code: 'usage/demo',
    message: `there is no demo '${what}'`,
    hint: 'Run: retort demo digits, or: retort demo two-layer',
    values: { given: what },
  })
}

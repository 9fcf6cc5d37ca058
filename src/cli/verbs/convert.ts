import { z } from 'zod'
import { exportFormatOf, exports as formats } from '#artefact/exports/index'
import { readArtefact } from '#artefact/read'
import { RetortError } from '#core/errors'
import { withSession } from '../session.ts'
import { computeOptions, defineVerb } from '../verb.ts'

export const convert = defineVerb({
  name: 'convert',
  summary: 'Write the points of an artefact as parquet, npz, safetensors, csv or a folder of png.',
  arguments: [{ name: 'folder', summary: 'artefact folder', required: true }],
  options: {
    output: z.string().describe('file to write; its ending names the format, no ending means png'),
    to: z
      .enum(['parquet', 'npz', 'safetensors', 'csv', 'png'])
      .optional()
      .describe('format, if not by the ending'),
    ...computeOptions,
  },
  examples: ['retort convert mnist-10 -o mnist-10.npz', 'retort convert mnist-10 -o pictures --to png'],
  async run([folder], options, terminal) {
    const format = options.to ?? exportFormatOf(options.output)
    if (format === undefined) {
      throw new RetortError({
        code: 'usage/unknown-format',
        message: `The ending of '${options.output}' names no format`,
        hint: `Use one of: ${Object.keys(formats).join(', ')}, e.g. -o points.npz, or --to csv`,
        path: options.output,
      })
    }
    return withSession(options, terminal, async ({ blas }) => {
      const artefact = await readArtefact(folder)
      await formats[format](artefact, options.output, blas)
      terminal.say(`${artefact.set.points.rows} points written to ${options.output} (${format})`)
      terminal.result({ schemaVersion: 1, output: options.output, format, points: artefact.set.points.rows })
      return 0
    })
  },
})

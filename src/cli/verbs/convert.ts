import { join } from 'node:path'
import { z } from 'zod'
import { artefactFiles } from '#artefact/artefact-files'
import { exportFormatOf, exports as formats } from '#artefact/exports/index'
import { requireFreeFile } from '#artefact/output-file'
import { requireOutside } from '#artefact/output-folder'
import { readArtefact } from '#artefact/read'
import { RetortError } from '#core/errors'
import { withSession } from '../session.ts'
import { computeOptions, defineVerb, fileOptions } from '../verb.ts'

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
    ...fileOptions,
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
    if (format === 'png') await requireOutside(options.output, [folder])
    else {
      const read = Object.keys(artefactFiles).map((name) => join(folder, name))
      await requireFreeFile(options.output, read, options.force)
    }
    return withSession(options, terminal, async ({ blas }) => {
      const artefact = await readArtefact(folder)
      await formats[format](artefact, options.output, { blas, force: options.force })
      terminal.say(`${artefact.set.points.rows} points written to ${options.output} (${format})`)
      terminal.result({ schemaVersion: 1, output: options.output, format, points: artefact.set.points.rows })
      return 0
    })
  },
})

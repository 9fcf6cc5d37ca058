import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { requireFreeFile } from '#artefact/output-file'
import { RetortError } from '#core/errors'
import { localPlace } from '#data/local-place'
import type { Source } from '#data/source'
import { mergeStatisticsFiles } from '#statistics/merge-files'
import { writeStatistics } from '#statistics/write-statistics'
import { group } from '../progress-line.ts'
import { defineVerb, fileOptions } from '../verb.ts'

export const merge = defineVerb({
  name: 'merge',
  summary:
    'Merge the statistics of all shards into the file that one pass over the whole would have written.',
  arguments: [{ name: 'parts', summary: 'statistics files, in any order', required: true, variadic: true }],
  options: { output: z.string().describe('file to write'), ...fileOptions },
  examples: ['retort merge part-1 part-2 part-3 -o mnist.statistics'],
  async run(parts, options, terminal) {
    await requireFreeFile(options.output, parts, options.force)
    const sources = await Promise.all(parts.map(openPart))
    const pass = await mergeStatisticsFiles(sources)
    await writeStatistics(options.output, pass)
    const count = pass.fit.count + pass.holdOut.count
    terminal.say(`${parts.length} parts, ${group(count)} examples: ${options.output}`)
    terminal.result({ schemaVersion: 1, output: options.output, parts: parts.length, examples: count })
    return 0
  },
})

async function openPart(path: string): Promise<Source> {
  const { files } = await localPlace(path)
  if (files.length === 1) return files[0]
  throw new RetortError({
    code: 'usage/not-a-part',
    message: `${path} is a folder, not a statistics file`,
    hint: `Name the files: retort merge ${dirname(path)}/${basename(path)}/* -o whole`,
    path,
  })
}

import { z } from 'zod'
import { requireFreeFile } from '#artefact/output-file'
import { RetortError } from '#core/errors'
import { parseGeneratorSpec } from '#data/generators/index'
import { gatherStatistics } from '#engine/gather'
import { fitSettings, holdOutFraction, inputSettings } from '#engine/settings'
import { mergeRecords } from '#statistics/record'
import { writeStatistics } from '#statistics/write-statistics'
import { group } from '../progress-line.ts'
import { openGiven, withSession } from '../session.ts'
import { computeOptions, defineVerb, fileOptions } from '../verb.ts'

export const statistics = defineVerb({
  name: 'statistics',
  summary: 'Gather the one-pass statistics of a dataset, or of one shard of it, into a file.',
  arguments: [{ name: 'path', summary: 'file, folder or generator', required: true }],
  options: {
    output: z.string().describe('file to write'),
    shard: z
      .string()
      .optional()
      .describe('part i of n, e.g. 2/8 (also read from SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX)'),
    shards: z.int().min(1).optional().describe('number of parts, where a scheduler gives the index'),
    seed: fitSettings.seed,
    holdOut: fitSettings.holdOut,
    ...fileOptions,
    ...inputSettings,
    ...computeOptions,
  },
  examples: [
    'retort statistics path/to/mnist -o mnist.statistics',
    'retort statistics path/to/mnist --shard 2/8 -o part-2',
  ],
  async run([input], options, terminal) {
    const shard = shardOf(options.shard, options.shards)
    const { train, test, labels, testLabels } = options
    const path = parseGeneratorSpec(input) ? undefined : input
    const read = [path, train, test, labels, testLabels].filter((name) => name !== undefined)
    await requireFreeFile(options.output, read, options.force)
    return withSession(options, terminal, async ({ blas, watch }) => {
      const dataset = await openGiven(input, options, watch)
      const begin = performance.now()
      const pass = await gatherStatistics(dataset, {
        blas,
        output: options.output,
        holdOut: {
          seed: options.seed,
          fraction: holdOutFraction(options.holdOut, dataset.splits.test !== undefined),
        },
        shard,
        watch,
      })
      const seconds = (performance.now() - begin) / 1000
      await writeStatistics(options.output, pass)
      const whole = await mergeRecords([pass.fit, pass.holdOut])
      const exact = whole.sums.kind === 'exact'
      const rate = Math.round(whole.count / seconds)
      terminal.say(
        `${group(whole.count)} examples of ${group(pass.examples)} at ${group(rate)}/s, ${exact ? 'exact integer sums' : 'order-free sums'}: ${options.output}`,
      )
      terminal.result({
        schemaVersion: 1,
        output: options.output,
        examples: whole.count,
        shard,
        exact,
        seconds,
        examplesPerSecond: rate,
        peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      })
      return 0
    })
  },
})

/** Part i of n from the flag, or from the array index of Slurm (from 1) or Kubernetes (from 0) with --shards n. */
function shardOf(flag: string | undefined, count: number | undefined) {
  const fromScheduler =
    process.env.SLURM_ARRAY_TASK_ID ??
    (process.env.JOB_COMPLETION_INDEX === undefined
      ? undefined
      : String(Number(process.env.JOB_COMPLETION_INDEX) + 1))
  const text = flag ?? (count === undefined ? '1/1' : `${fromScheduler}/${count}`)
  const match = /^(\d+)\/(\d+)$/.exec(text)
  const [index, total] = match ? [Number(match[1]), Number(match[2])] : [0, 0]
  if (index >= 1 && index <= total) return { index, count: total }
  throw new RetortError({
    code: 'usage/shard',
    message: `'${text}' is no shard`,
    hint: 'Write part i of n with i from 1: --shard 2/8',
    path: '--shard',
    values: { shard: text },
  })
}

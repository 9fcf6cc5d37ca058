import { z } from 'zod'
import { RetortError } from '#core/errors'
import { flagSchemas, verbHelp } from './flags.ts'
import { resolveSettings } from './settings.ts'
import { createTerminal } from './terminal.ts'
import { commonOptions, type Verb } from './verb.ts'
import { loadVerb, verbTable } from './verbs.ts'

const common = z.object(commonOptions)

/** Parses, runs and gives the exit code of one verb. */
export async function runVerb(verb: Verb, words: readonly string[]): Promise<number> {
  if (words.includes('-h') || words.includes('--help')) {
    process.stdout.write(verbHelp(verb, words))
    return 0
  }
  if (words.length === 0 && verb.arguments.some((argument) => argument.required)) {
    process.stderr.write(verbHelp(verb))
    return 2
  }
  const { inputs, options } = await resolveSettings(verb, words, allSettings)
  const { json, jsonl, quiet, color } = common.parse(options)
  if (json && jsonl) {
    throw new RetortError({
      code: 'usage/json-and-jsonl',
      message: '--json and --jsonl exclude one another',
      hint: 'Use --json for one final object, --jsonl for a stream of events.',
    })
  }
  const terminal = createTerminal({ json, jsonl, quiet, color })
  try {
    return (await verb.run(inputs, options, terminal)) ?? 0
  } finally {
    terminal.settle()
  }
}

/** Every flag of every verb: what a configuration file may set. */
async function allSettings(): Promise<string[]> {
  const verbs = await Promise.all(Object.keys(verbTable).map(loadVerb))
  return [...new Set(verbs.flatMap((verb) => [...flagSchemas(verb).keys()]))]
}

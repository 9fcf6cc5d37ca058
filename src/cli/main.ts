import { enableCompileCache } from 'node:module'
import { RetortError } from '#core/errors'
import { reportFailure } from './failure.ts'
import { nearest } from '#core/nearest'
import { loadVerb, verbTable } from './verbs.ts'

// Halves the start-up time from the second run on.
enableCompileCache?.()

/** Runs one command line (the words after `retort`) and gives its exit code. */
export async function main(words: readonly string[]): Promise<number> {
  process.stdout.on('error', leaveQuietly)
  process.stderr.on('error', leaveQuietly)
  const json = words.includes('--json') || words.includes('--jsonl')
  const streams = {
    out: (text: string) => process.stdout.write(text),
    err: (text: string) => process.stderr.write(text),
  }
  try {
    const [name, ...rest] = words
    if (name === undefined || name === '-h' || name === '--help' || name === 'help') {
      streams[name === undefined ? 'err' : 'out'](overview())
      return name === undefined ? 2 : 0
    }
    if (name === '--version' || name === '-V') {
      const { version } = await import('#engine/version')
      streams.out(`${version}\n`)
      return 0
    }
    if (!Object.hasOwn(verbTable, name)) throw unknownVerb(name)
    const { runVerb } = await import('./run-verb.ts')
    return await runVerb(await loadVerb(name), rest)
  } catch (error) {
    return reportFailure(error, { json, debug: words.includes('--debug') }, streams)
  }
}

/** The reader of a pipe has gone (`retort … | head`): nothing is wrong. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}

function overview(): string {
  const rows = Object.entries(verbTable).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  return [
    'retort <verb> [input] [flags]',
    '',
    'Turns a large labelled dataset into a few synthetic points from which a model trains as well, and proves it.',
    '',
    ...rows,
    '',
    'Examples:',
    '  retort demo',
    '  retort distill path/to/mnist -o distilled',
    '  retort verify distilled --data path/to/mnist',
    '',
    'retort <verb> --help explains a verb.',
    '',
  ].join('\n')
}

function unknownVerb(name: string): RetortError {
  const close = nearest(name, Object.keys(verbTable))
  return new RetortError({
    code: 'usage/unknown-verb',
    message: `'${name}' is no verb`,
    hint: close ? `Did you mean: retort ${close}` : 'Run: retort --help',
    values: { verb: name, nearest: close ?? null },
  })
}

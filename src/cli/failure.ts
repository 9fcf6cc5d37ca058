import { RetortError } from '#core/errors'

/**
 * Prints an error as its reader needs it and gives the exit code: what was found, why it matters, and last the fix.
 * With `json` the error object goes to stdout, so that a script reads results and failures from one place.
 */
export function reportFailure(
  error: unknown,
  options: { json: boolean; debug: boolean },
  streams: { out: (text: string) => void; err: (text: string) => void },
): number {
  const known = error instanceof RetortError ? error : unexpected(error)
  if (options.json) {
    streams.out(`${JSON.stringify({ schemaVersion: 1, error: known.toJSON() }, null, 2)}\n`)
  }
  streams.err(`error ${known.code}: ${known.message}\n`)
  if (known.why) streams.err(`  ${known.why}\n`)
  if (options.debug) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      streams.err(`${cause.stack}\n`)
  }
  streams.err(`  → ${known.hint}\n`)
  return known.exitCode
}

function unexpected(error: unknown): RetortError {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new RetortError({
    code: 'bug/unexpected',
    message: message.split('\n')[0],
    why: 'This is a bug of Retort, not of your data.',
    hint: 'Run the command again with --debug and report what it prints, with the output of: retort env',
    cause: error,
  })
}

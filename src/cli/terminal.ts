import type { Progress, Report } from '#core/progress'
import { progressLine } from './progress-line.ts'

/** Where a verb speaks: results to stdout, all else to stderr. */
export interface Terminal {
  /** `text` for people, `json` one final object, `jsonl` an event stream. */
  readonly mode: 'text' | 'json' | 'jsonl'
  readonly colour: boolean
  /** True where stdout is a terminal, so pictures of characters are welcome. */
  readonly interactive: boolean
  /** One line of the result, for people; silent in the JSON modes. */
  say(line?: string): void
  /** The final object: printed in the JSON modes only. */
  result(value: Record<string, unknown>): void
  /** A remark to stderr, unless quiet. */
  notice(line: string): void
  readonly report: Report
  /** Ends the progress line, before anything else is printed. */
  settle(): void
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  red(text: string): string
}

export interface TerminalOptions {
  json: boolean
  jsonl: boolean
  quiet: boolean
  color: boolean
}

export function createTerminal(options: TerminalOptions): Terminal {
  const mode = options.jsonl ? 'jsonl' : options.json ? 'json' : 'text'
  const colour = mode === 'text' && options.color && wantsColour(process.stdout.isTTY === true)
  const line = progressLine(process.stderr, options.quiet)
  const paint = (code: number) => (text: string) => (colour ? `\u001B[${code}m${text}\u001B[0m` : text)

  return {
    mode,
    colour,
    interactive: mode === 'text' && process.stdout.isTTY === true,
    say(text = '') {
      if (mode !== 'text') return
      line.settle()
      process.stdout.write(`${text}\n`)
    },
    result(value) {
      if (mode === 'text') return
      line.settle()
      process.stdout.write(
        mode === 'json'
          ? `${JSON.stringify(value, null, 2)}\n`
          : `${JSON.stringify({ event: 'result', ...value })}\n`,
      )
    },
    notice(text) {
      if (options.quiet) return
      line.settle()
      process.stderr.write(`${text}\n`)
    },
    report(progress: Progress) {
      if (mode === 'jsonl') process.stdout.write(`${JSON.stringify({ event: 'progress', ...progress })}\n`)
      else line.show(progress)
    },
    settle: () => line.settle(),
    bold: paint(1),
    dim: paint(2),
    green: paint(32),
    red: paint(31),
  }
}

/** NO_COLOR, then FORCE_COLOR, then TERM=dumb, then whether it is a terminal (no-color.org). */
export function wantsColour(
  isTerminal: boolean,
  env: Record<string, string | undefined> = process.env,
): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true
  return isTerminal && env.TERM !== 'dumb'
}

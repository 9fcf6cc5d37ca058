import { z } from 'zod'
import type { Terminal } from './terminal.ts'

export interface VerbArgument {
  readonly name: string
  readonly summary: string
  readonly required?: boolean
  /** Takes all remaining arguments. */
  readonly variadic?: boolean
}

/** Flags that stand together in the help, by camelCase name; those that a verb does not have are passed over. */
export interface HelpSection {
  readonly title: string
  readonly flags: readonly string[]
}

/** One verb of the command line. Its zod options are the flags, the help and the configuration keys. */
export interface Verb {
  readonly name: string
  readonly summary: string
  readonly arguments: readonly VerbArgument[]
  readonly options: z.ZodObject
  /** Command lines that work as written, for the help. */
  readonly examples: readonly string[]
  /** The help in sections, for the words that stand beside `--help`; without them it is one list. */
  sections?(words: readonly string[]): readonly HelpSection[]
  /** What stands below the usage line, where the summary is not enough. */
  readonly hint?: string
  /** Resolves to the exit code; undefined means 0. `options` has been parsed by the schema. */
  run(inputs: readonly string[], options: unknown, terminal: Terminal): Promise<number | undefined>
}

/** Flags that every verb takes. */
export const commonOptions = {
  json: z.boolean().default(false).describe('print one JSON object to stdout'),
  jsonl: z.boolean().default(false).describe('stream events as JSON lines to stdout'),
  quiet: z.boolean().default(false).describe('no progress, no notices'),
  debug: z.boolean().default(false).describe('show stack traces'),
  color: z.boolean().default(true).describe('colour'),
}

/** Flags of every verb that computes. */
export const computeOptions = {
  blas: z.enum(['auto', 'native', 'wasm']).default('auto').describe('linear-algebra provider'),
  threads: z.int().min(1).max(1024).optional().describe('threads for linear algebra (default: all cores)'),
}

/** Flags of a verb that writes one file, which it never replaces unasked. */
export const fileOptions = {
  force: z.boolean().default(false).describe('replace what is there already'),
}

/** Gives `run` the type of its parsed options. */
export function defineVerb<Shape extends z.ZodRawShape>(verb: {
  name: string
  summary: string
  arguments?: readonly VerbArgument[]
  options: Shape
  examples: readonly string[]
  sections?(words: readonly string[]): readonly HelpSection[]
  hint?: string
  run(
    inputs: readonly string[],
    options: z.output<z.ZodObject<Shape & typeof commonOptions>>,
    terminal: Terminal,
  ): Promise<number | undefined>
}): Verb {
  const schema = z.strictObject({ ...verb.options, ...commonOptions })
  return {
    ...verb,
    arguments: verb.arguments ?? [],
    options: schema,
    run: (inputs, options, terminal) => verb.run(inputs, schema.parse(options), terminal),
  }
}

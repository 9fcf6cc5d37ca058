import { Command, CommanderError, Option } from 'commander'
import { z } from 'zod'
import { RetortError } from '#core/errors'
import { nearest } from '#core/nearest'
import type { HelpSection, Verb } from './verb.ts'

/** What JSON Schema says of one option; the single description that help, flags and settings are read from. */
interface FlagSchema {
  type?: string
  enum?: readonly unknown[]
  const?: unknown
  anyOf?: readonly FlagSchema[]
  default?: unknown
  description?: string
}

/** Longer lists of choices stand in the description, so that the column of flags stays narrow. */
const widestChoices = 24

const shortFlags: Record<string, string> = { output: '-o', quiet: '-q' }

const flagsOf = new WeakMap<Verb, ReadonlyMap<string, FlagSchema>>()

/** Flag schemas of a verb by camelCase name. */
export function flagSchemas(verb: Verb): ReadonlyMap<string, FlagSchema> {
  const found = flagsOf.get(verb) ?? readFlags(verb)
  flagsOf.set(verb, found)
  return found
}

function readFlags(verb: Verb): ReadonlyMap<string, FlagSchema> {
  const schema = z.toJSONSchema(verb.options, { io: 'input', unrepresentable: 'any' })
  const flags = new Map<string, FlagSchema>()
  for (const [name, value] of Object.entries(schema.properties ?? {})) {
    if (typeof value === 'object') flags.set(name, narrow(value))
  }
  return flags
}

export interface ParsedArguments {
  readonly inputs: readonly string[]
  /** Only what the command line itself gave, by camelCase name, coerced to the type of the option. */
  readonly given: Readonly<Record<string, unknown>>
}

/**
 * Parses the words after the verb.
 * @throws RetortError `usage/…` for unknown flags, missing or surplus arguments
 */
export function parseArguments(verb: Verb, words: readonly string[]): ParsedArguments {
  const command = commandOf(verb)
  try {
    command.parse([...words], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) throw usageError(verb, error, words)
    throw error
  }
  const given: Record<string, unknown> = {}
  const schemas = flagSchemas(verb)
  for (const [name, value] of Object.entries(command.opts())) {
    if (command.getOptionValueSource(name) !== 'cli') continue
    given[name] = typeof value === 'string' ? coerce(value, schemas.get(name) ?? {}) : value
  }
  return { inputs: command.args, given }
}

/**
 * The help text of one verb.
 * @param words beside `--help`, which may narrow the help down
 */
export function verbHelp(verb: Verb, words: readonly string[] = []): string {
  const examples = verb.examples.map((line) => `  ${line}`).join('\n')
  const command = commandOf(verb, verb.sections?.(words))
  if (verb.hint !== undefined) command.description(`${verb.summary}\n${verb.hint}`)
  return `${command.helpInformation()}\nExamples:\n${examples}\n`
}

/** Text from the command line or the environment as the type that the option wants. */
export function coerce(text: string, schema: FlagSchema): unknown {
  const kinds = [schema, ...(schema.anyOf ?? [])]
  const wants = (type: string) => kinds.some((kind) => kind.type === type)
  if ((wants('number') || wants('integer')) && text.trim() !== '' && Number.isFinite(Number(text))) {
    return Number(text)
  }
  if (wants('boolean') && (text === 'true' || text === '1')) return true
  if (wants('boolean') && (text === 'false' || text === '0')) return false
  return text
}

export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** @param sections of the help; flags in none of them are then left out */
function commandOf(verb: Verb, sections?: readonly HelpSection[]): Command {
  const command = new Command(`retort ${verb.name}`)
    .description(verb.summary)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ helpWidth: Math.min(process.stdout.columns || 100, 110), sortOptions: false })
  for (const { name, summary, required, variadic } of verb.arguments) {
    const word = variadic ? `${name}...` : name
    command.argument(required ? `<${word}>` : `[${word}]`, summary)
  }
  const schemas = flagSchemas(verb)
  if (!sections) {
    for (const [name, schema] of schemas) command.addOption(optionOf(name, schema))
    return command
  }
  for (const { title, flags } of sections) {
    for (const name of flags) {
      const schema = schemas.get(name)
      if (schema) command.addOption(optionOf(name, schema).helpGroup(`${title}:`))
    }
  }
  const last = sections.at(-1)
  if (last) command.addHelpOption(new Option('-h, --help', 'show this help').helpGroup(`${last.title}:`))
  return command
}

function optionOf(name: string, schema: FlagSchema): Option {
  const flag = `--${kebab(name)}`
  const text = schema.description ?? ''
  if (schema.type === 'boolean') {
    return schema.default === true
      ? new Option(`--no-${kebab(name)}`, `without ${text}`)
      : new Option(shortFlags[name] ? `${shortFlags[name]}, ${flag}` : flag, text)
  }
  const choices = choicesOf(schema)
  const joined = choices?.join('|')
  const long = joined !== undefined && joined.length > widestChoices
  const placeholder = long ? 'name' : (joined ?? schema.type ?? 'value')
  const start = shortFlags[name] ? `${shortFlags[name]}, ${flag}` : flag
  const suffix = schema.default === undefined ? '' : ` (default: ${String(schema.default)})`
  const listed = long ? `; one of ${choices?.join(', ')}` : ''
  return new Option(`${start} <${placeholder}>`, `${text}${listed}${suffix}`)
}

function choicesOf(schema: FlagSchema): string[] | undefined {
  if (schema.enum) return schema.enum.map(String)
  if (schema.const !== undefined) return [String(schema.const)]
  const parts = schema.anyOf?.map((part) => choicesOf(part) ?? [part.type ?? 'value'])
  return parts?.flat()
}

function narrow(value: object): FlagSchema {
  const flag: FlagSchema = {}
  if ('type' in value && typeof value.type === 'string') flag.type = value.type
  if ('enum' in value && Array.isArray(value.enum)) flag.enum = value.enum
  if ('const' in value) flag.const = value.const
  if ('default' in value) flag.default = value.default
  if ('description' in value && typeof value.description === 'string') flag.description = value.description
  if ('anyOf' in value && Array.isArray(value.anyOf)) {
    flag.anyOf = value.anyOf.filter((part) => typeof part === 'object' && part !== null).map(narrow)
  }
  return flag
}

function usageError(verb: Verb, error: CommanderError, words: readonly string[]): RetortError {
  const fix = `Run: retort ${verb.name} --help`
  if (error.code === 'commander.unknownOption') {
    const flag = words.find((word) => error.message.includes(`'${word.split('=')[0]}'`)) ?? ''
    const known = [...flagSchemas(verb).keys()].map((name) => `--${kebab(name)}`)
    const close = nearest(flag.split('=')[0], known)
    return new RetortError({
      code: 'usage/unknown-flag',
      message: `'${flag}' is no flag of 'retort ${verb.name}'`,
      hint: close ? `Did you mean ${close}? ${fix}` : fix,
      path: flag,
      values: { flag, nearest: close ?? null },
    })
  }
  const message = error.message.replace(/^error: /, '').replace(/\.$/, '')
  return new RetortError({ code: 'usage/arguments', message: `retort ${verb.name}: ${message}`, hint: fix })
}

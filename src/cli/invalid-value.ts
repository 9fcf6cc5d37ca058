import type { z } from 'zod'
import { RetortError } from '#core/errors'
import { nearest } from '#core/nearest'
import { kebab } from './flags.ts'
import type { Verb } from './verb.ts'

type Issue = z.core.$ZodIssue

/**
 * A setting that is missing, or is not what its option takes.
 * @param merged all settings that were given, by camelCase name
 * @param origin where each came from: a flag, a variable of the environment, or `retort.config: NAME`
 */
export function invalidValue(
  verb: Verb,
  issue: Issue,
  merged: Readonly<Record<string, unknown>>,
  origin: ReadonlyMap<string, string>,
): RetortError {
  const name = String(issue.path[0] ?? '')
  const from = origin.get(name) ?? `--${kebab(name)}`
  const value = merged[name]
  const help = `all flags: retort ${verb.name} --help`
  if (value === undefined) {
    return new RetortError({
      code: 'usage/invalid-value',
      message: `retort ${verb.name} needs --${kebab(name)}`,
      hint: `For example: ${verb.examples[0]}; ${help}`,
      path: from,
      values: { value: 'undefined' },
    })
  }
  const shown = typeof value === 'string' || typeof value === 'number' ? value : String(value)
  const example = exampleFor(issue, String(shown))
  return new RetortError({
    code: from.startsWith('--') ? 'usage/invalid-value' : 'config/invalid-value',
    message: `${from} is '${shown}'; it must be ${wanted(issue)}`,
    hint:
      example === undefined ? `Change it; ${help}` : `Write for example: ${setting(from, example)}; ${help}`,
    path: from,
    values: { value: shown },
  })
}

/** As it stands on the command line, in the environment or in a configuration file. */
function setting(from: string, value: string): string {
  if (from.startsWith('--')) return `${from} ${value}`
  if (!from.startsWith('retort.config: ')) return `${from}=${value}`
  return `${from}: ${Number.isNaN(Number(value)) ? `'${value}'` : value}`
}

function wanted(issue: Issue): string {
  switch (issue.code) {
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected
    case 'invalid_union':
      return [...new Set(issue.errors.flat().map(wanted))].join(', or ')
    default:
      return `different: ${issue.message}`
  }
}

const kinds: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  string: 'text',
}

const examples: Readonly<Record<string, string>> = { number: '1', int: '1', boolean: 'true' }

function unitOf(origin: string): string {
  return origin === 'string' ? ' characters long' : ''
}

/** A value that would do, the nearest one where names are given; undefined where nothing is known. */
function exampleFor(issue: Issue, given: string): string | undefined {
  switch (issue.code) {
    case 'too_small':
      return issue.origin === 'string' ? undefined : String(issue.inclusive === false ? 1 : issue.minimum)
    case 'too_big':
      return issue.origin === 'string' || issue.inclusive === false ? undefined : String(issue.maximum)
    case 'not_multiple_of':
      return String(issue.divisor)
    case 'invalid_value': {
      const names = issue.values.map(String)
      return nearest(given, names) ?? names[0]
    }
    case 'invalid_type':
      return examples[issue.expected]
    case 'invalid_union':
      return issue.errors.flat().map((error) => exampleFor(error, given))[0]
    default:
      return undefined
  }
}

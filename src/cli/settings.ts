import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RetortError } from '#core/errors'
import { coerce, flagSchemas, kebab, parseArguments } from './flags.ts'
import { nearest } from '#core/nearest'
import { invalidValue } from './invalid-value.ts'
import type { Verb } from './verb.ts'

/** Keys of a configuration: the flags of all verbs in camelCase, e.g. `{ seed: 3, storage: 'float64' }`. */
export type Configuration = Readonly<Record<string, string | number | boolean>>

/** For `retort.config.ts`: `export default defineConfig({ seed: 3 })`. */
export function defineConfig(configuration: Configuration): Configuration {
  return configuration
}

const configFiles = ['retort.config.ts', 'retort.config.js', 'retort.config.mjs']

/** Flags that name the input of one call, as its arguments do; RETORT_DATA is free for a folder of many datasets. */
const inputFlags = ['data']

/**
 * Flag, then environment (`RETORT_RIDGE_DISTILLED`; not for the flags of inputs), then `retort.config.ts`, then default.
 * @param known flags of every verb: a configuration may hold settings of another verb, but no unknown ones
 * @throws RetortError `usage/…` for flags, `config/…` for the other two
 */
export async function resolveSettings(
  verb: Verb,
  words: readonly string[],
  known: () => Promise<readonly string[]>,
  env: Record<string, string | undefined> = process.env,
  directory: string = process.cwd(),
): Promise<{ inputs: readonly string[]; options: unknown }> {
  const { inputs, given } = parseArguments(verb, words)
  const schemas = flagSchemas(verb)
  const merged: Record<string, unknown> = {}
  const origin = new Map<string, string>()
  const set = (name: string, value: unknown, from: string) => {
    merged[name] = value
    origin.set(name, from)
  }
  for (const [name, value] of Object.entries(await loadConfiguration(directory, known))) {
    if (schemas.has(name)) set(name, value, `retort.config: ${name}`)
  }
  for (const [name, schema] of schemas) {
    if (inputFlags.includes(name)) continue
    const variable = `RETORT_${kebab(name).replaceAll('-', '_').toUpperCase()}`
    const text = env[variable]
    if (text !== undefined && text !== '') set(name, coerce(text, schema), variable)
  }
  for (const [name, value] of Object.entries(given)) set(name, value, `--${kebab(name)}`)

  const parsed = verb.options.safeParse(merged)
  if (parsed.success) return { inputs, options: parsed.data }
  throw invalidValue(verb, parsed.error.issues[0], merged, origin)
}

async function loadConfiguration(
  directory: string,
  known: () => Promise<readonly string[]>,
): Promise<Record<string, unknown>> {
  const file = configFiles.map((name) => resolve(directory, name)).find((path) => existsSync(path))
  if (file === undefined) return {}
  let loaded: unknown
  try {
    loaded = await import(pathToFileURL(file).href)
  } catch (cause) {
    throw new RetortError({
      code: 'config/unreadable',
      message: `${file} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: `Mend or remove ${file}. A .ts file needs Node 22.18 or later; .js works on any.`,
      path: file,
      cause,
    })
  }
  const configuration =
    typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined
  if (typeof configuration !== 'object' || configuration === null) {
    throw new RetortError({
      code: 'config/no-default',
      message: `${file} exports no configuration`,
      hint: "Write: export default { seed: 0 }, or use defineConfig from 'retort/node'.",
      path: file,
    })
  }
  const names = await known()
  for (const key of Object.keys(configuration)) {
    if (names.includes(key)) continue
    const close = nearest(key, names)
    throw new RetortError({
      code: 'config/unknown-key',
      message: `'${key}' in ${file} is no setting`,
      hint: close ? `Did you mean '${close}'?` : `Remove '${key}' from ${file}.`,
      path: file,
      values: { key, nearest: close ?? null },
    })
  }
  return { ...configuration }
}

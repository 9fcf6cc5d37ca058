import { z } from 'zod'
import { RetortError } from '#core/errors'
import type { Recipe } from '#engine/recipes'
import { recipes } from '#engine/recipes'
import { artefactSettings, featureSettings, fitSettings, inputSettings } from '#engine/settings'
import { nearest } from '#core/nearest'
import { kebab } from './flags.ts'
import { methodFlags, methodSettings } from './method-settings.ts'
import { computeOptions } from './verb.ts'

/** Every flag of `distill` beside the common ones. */
export const distillOptions = {
  output: z.string().optional().describe('folder to write (default: retort-NAME)'),
  recipe: z.string().optional().describe('settings of a published table, see: retort recipes'),
  ...methodFlags,
  ...featureSettings,
  ...fitSettings,
  ...artefactSettings,
  ...inputSettings,
  ...computeOptions,
  dryRun: z.boolean().default(false).describe('print the resolved plan with its cost, and stop'),
}

const schema = z.object(distillOptions)
export type DistillOptions = z.output<typeof schema>

const fitSchema = z.object(fitSettings)
const featureSchema = z.object(featureSettings)
const artefactSchema = z.object(artefactSettings)
const inputSchema = z.object(inputSettings)

/**
 * The settings of `distill` sorted by the room that they belong to.
 * @throws RetortError `usage/other-method`
 */
export function sortSettings(options: DistillOptions) {
  return {
    chosen: methodSettings(options),
    features: featureSchema.parse(options),
    fit: fitSchema.parse(options),
    artefact: artefactSchema.parse(options),
    input: inputSchema.parse(options),
  }
}

export type SortedSettings = ReturnType<typeof sortSettings>

/**
 * Options with the settings of a recipe, which win over defaults and must not be contradicted by flags.
 * @throws RetortError `usage/unknown-recipe`, `usage/recipe-conflict`
 */
export function withRecipe(options: DistillOptions): DistillOptions {
  if (options.recipe === undefined) return options
  const recipe = recipes.get(options.recipe)
  if (recipe) {
    refuseConflict(options, recipe)
    return schema.parse({ ...options, ...recipe.settings })
  }
  const close = nearest(options.recipe, [...recipes.keys()])
  throw new RetortError({
    code: 'usage/unknown-recipe',
    message: `'${options.recipe}' is no recipe`,
    hint: close ? `Did you mean ${close}? Run: retort recipes` : 'Run: retort recipes',
    path: '--recipe',
    values: { recipe: options.recipe, nearest: close ?? null },
  })
}

function refuseConflict(options: DistillOptions, { name, settings }: Recipe): void {
  const given = new Map<string, unknown>(Object.entries(options))
  const defaults = new Map<string, unknown>(Object.entries(schema.parse({})))
  for (const [key, value] of Object.entries(settings)) {
    const asked = given.get(key)
    if (asked === undefined || asked === value || asked === defaults.get(key)) continue
    throw new RetortError({
      code: 'usage/recipe-conflict',
      message: `--${kebab(key)} is ${String(asked)}, the recipe ${name} sets ${value}`,
      why: 'A recipe repeats a published figure only with its own settings.',
      hint: `Leave out --${kebab(key)}, or leave out --recipe and give its flags; see: retort recipes`,
      path: `--${kebab(key)}`,
      values: { recipe: name, set: value, given: String(asked) },
    })
  }
}

/** Words that repeat a run: every setting that is not its default, without the output folder and how to print. */
export function commandWords(input: string, options: DistillOptions): string[] {
  const defaults = schema.parse({})
  const words = ['retort', 'distill', input]
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(distillOptions, name) || name === 'output' || name === 'dryRun' || name === 'force')
      continue
    const usual: unknown = Object.entries(defaults).find(([key]) => key === name)?.[1]
    if (value === undefined || value === usual) continue
    if (value === false) words.push(`--no-${kebab(name)}`)
    else words.push(`--${kebab(name)}`, ...(value === true ? [] : [String(value)]))
  }
  return words
}

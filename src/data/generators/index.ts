import type { Dataset } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { Generator, GeneratorOptions } from './generator.ts'
import { glyphsGenerator } from './glyphs.ts'

/** Every generator by its id. */
export const generators: ReadonlyMap<string, Generator> = new Map([[glyphsGenerator.id, glyphsGenerator]])

export interface GeneratorSpec extends GeneratorOptions {
  readonly id: string
}

/** What may stand after the colon, with the smallest value allowed. */
const parameters = {
  count: { option: 'count', least: 1 },
  test: { option: 'testCount', least: 0 },
  seed: { option: 'seed', least: Number.MIN_SAFE_INTEGER },
} as const

/**
 * Reads `glyphs`, `glyphs:10000000` or `glyphs:60000,test=10000,seed=3`.
 * @returns undefined where the text names no generator, and may be a path
 * @throws RetortError `usage/generator` for an unknown or impossible parameter
 */
export function parseGeneratorSpec(text: string): GeneratorSpec | undefined {
  const colon = text.indexOf(':')
  const generator = generators.get(colon < 0 ? text : text.slice(0, colon))
  if (!generator) return undefined
  const options = { ...generator.defaults }
  const settings = colon < 0 ? [] : text.slice(colon + 1).split(',')
  settings.forEach((setting, position) => {
    const [name, value] = position === 0 && !setting.includes('=') ? ['count', setting] : setting.split('=')
    if (!isParameter(name)) {
      throw wrong(text, `"${setting}" is not a setting of ${generator.id}`, generator.id)
    }
    const { option, least } = parameters[name]
    const number = Number(value?.replaceAll('_', '') || NaN)
    if (!Number.isSafeInteger(number) || number < least) {
      throw wrong(
        text,
        `${name} must be a whole number${least > -1 ? ` from ${least} up` : ''}`,
        generator.id,
      )
    }
    options[option] = number
  })
  return { id: generator.id, ...options }
}

/**
 * Opens what `parseGeneratorSpec` read.
 * @throws RetortError `usage/generator` for an id that is not in the table
 */
export function openGenerator(spec: GeneratorSpec): Dataset {
  const generator = generators.get(spec.id)
  if (!generator)
    throw wrong(spec.id, `there is no generator "${spec.id}"`, [...generators.keys()].join(', '))
  return generator.open(spec)
}

function isParameter(name: string): name is keyof typeof parameters {
  return Object.hasOwn(parameters, name)
}

function wrong(text: string, message: string, id: string): RetortError {
  return new RetortError({
    code: 'usage/generator',
    message: `cannot read the generator "${text}": ${message}`,
    hint: `write it as ${id}:60000,test=10000,seed=0 (all three may be left out)`,
    values: { given: text },
  })
}

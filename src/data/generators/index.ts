import type { Dataset } from '#core/dataset'
import { RetortError } from '#core/errors'
import { nearest } from '#core/nearest'
import type { Generator, GeneratorSetting, GeneratorSettings } from './generator.ts'
import { wholeNumber } from './generator.ts'
import { glyphsGenerator } from './glyphs.ts'
import { multiIndexGenerator } from './multi-index.ts'

/** Every generator by its id. */
export const generators: ReadonlyMap<string, Generator> = new Map(
  [glyphsGenerator, multiIndexGenerator].map((generator) => [generator.id, generator]),
)

export type GeneratorSpec = GeneratorSettings & { readonly id: string }

/** What may stand after the colon of every generator. */
const common: Readonly<Record<string, GeneratorSetting>> = {
  count: wholeNumber('count', 1),
  test: wholeNumber('testCount', 0),
  seed: wholeNumber('seed', Number.MIN_SAFE_INTEGER),
}

/**
 * Reads `glyphs`, `glyphs:10000000` or `multi-index:40000,d=100,r=2,seed=3`.
 * @returns undefined where the text names no generator, and may be a path
 * @throws RetortError `usage/generator` for an unknown or impossible parameter
 */
export function parseGeneratorSpec(text: string): GeneratorSpec | undefined {
  const colon = text.indexOf(':')
  const generator = generators.get(colon < 0 ? text : text.slice(0, colon))
  if (!generator) return undefined
  const known = { ...common, ...generator.settings }
  const options: Record<string, number | string> = {}
  const settings = colon < 0 ? [] : text.slice(colon + 1).split(',')
  settings.forEach((setting, position) => {
    const [name, value = ''] =
      position === 0 && !setting.includes('=') ? ['count', setting] : setting.split('=')
    if (!Object.hasOwn(known, name)) {
      const close = nearest(name, Object.keys(known))
      const meant = close === undefined ? '' : `; did you mean ${close}?`
      throw wrong(text, `"${setting}" is not a setting of ${generator.id}${meant}`, generator.example)
    }
    const read = known[name].read(value)
    if (read === undefined) throw wrong(text, `${name} must be ${known[name].needs}`, generator.example)
    options[known[name].option] = read
  })
  return { id: generator.id, ...generator.defaults, ...options }
}

/** A text such as `glyfs:100` with the name of the generator that is meant; undefined where none is near. */
export function nearestGeneratorSpec(text: string): string | undefined {
  const [name, ...settings] = text.split(':')
  const close = nearest(name, [...generators.keys()])
  return close === undefined ? undefined : [close, ...settings].join(':')
}

/**
 * Opens what `parseGeneratorSpec` read.
 * @throws RetortError `usage/generator` for an id that is not in the table
 */
export function openGenerator(spec: GeneratorSpec): Dataset {
  const generator = generators.get(spec.id)
  if (!generator) {
    throw wrong(spec.id, `there is no generator "${spec.id}"`, [...generators.keys()].join(', '))
  }
  return generator.open(spec)
}

function wrong(text: string, message: string, example: string): RetortError {
  return new RetortError({
    code: 'usage/generator',
    message: `cannot read the generator "${text}": ${message}`,
    hint: `write it as ${example} (all settings may be left out)`,
    values: { given: text },
  })
}

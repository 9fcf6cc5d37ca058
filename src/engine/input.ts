import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Dataset } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { OpenOptions } from '#data/formats/format'
import { nearestGeneratorSpec, openGenerator, parseGeneratorSpec } from '#data/generators/index'
import { openDataset } from '#data/open'

/** A path, or a generator such as `glyphs:60000,seed=1`. A path of the same name wins only when written `./glyphs`. */
export async function openInput(input: string | undefined, options: OpenOptions): Promise<Dataset> {
  if (input === undefined) {
    throw new RetortError({
      code: 'usage/no-input',
      message: 'No dataset was given',
      hint: 'Name a file, a folder or a generator, e.g.: retort distill glyphs:60000 -o glyphs-10',
    })
  }
  const spec = parseGeneratorSpec(input)
  if (spec) return openGenerator(spec)
  const meant = nearestGeneratorSpec(input)
  if (meant !== undefined && !existsSync(input)) {
    throw new RetortError({
      code: 'data/not-found',
      message: `there is no ${input}, and no generator of that name`,
      hint: `Did you mean ${meant}?`,
      path: input,
      values: { nearest: meant },
    })
  }
  return openDataset(input, options)
}

/** The name of an input as it may be written into an artefact: no folder of this machine. */
export function publicName(input: string): string {
  return parseGeneratorSpec(input) ? input : basename(resolve(input))
}

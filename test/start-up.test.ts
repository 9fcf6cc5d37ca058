import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** Files and packages that are loaded with a file: what its imports name, but not what it loads when needed. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\s(?!type\s)(?:[^'();]*?\sfrom\s)?'([^']+)'/gm,
  )
  for (const [, specifier] of imports) {
    if (specifier.startsWith('#')) loadedWith(`src/${specifier.slice(1)}.ts`, seen)
    else if (specifier.startsWith('.')) loadedWith(normalize(join(dirname(file), specifier)), seen)
    else seen.add(specifier)
  }
  return seen
}

const drawing = ['@observablehq/plot', 'linkedom']

test('imports are followed', () => {
  const loaded = loadedWith('src/artefact/report/two-layer/sections.ts')
  expect(drawing.filter((name) => !loaded.has(name))).toEqual([])
  expect([...loaded].every((name) => !name.startsWith('src/') || existsSync(name))).toBe(true)
})

test.each(globSync('src/cli/verbs/*.ts').map((file) => file.replaceAll('\\', '/')))(
  '%s draws nothing before there is something to draw',
  (file) => {
    const loaded = loadedWith(file)
    expect(loaded).toContain('src/core/errors.ts')
    expect(drawing.filter((name) => loaded.has(name))).toEqual([])
  },
)

test('the program loads no verb that is not called', () => {
  expect(
    [...loadedWith('src/cli/main.ts')].filter((name) => /\/verbs\/|^zod$|^commander$/.test(name)),
  ).toEqual([])
})

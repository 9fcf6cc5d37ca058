import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** Low to high; those of one row may not import one another. */
const layers = [
  ['core'],
  ['linalg'],
  ['data'],
  ['statistics', 'features', 'kernels'],
  ['models'],
  ['methods'],
  ['artefact'],
  ['certify', 'evaluate'],
  ['engine'],
  ['cli'],
  ['index.ts', 'node.ts'],
]

const rank = new Map(layers.flatMap((row, height) => row.map((layer) => [layer, height])))
const layerOf = (file: string) => file.split('/')[1]

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1])
}

const files = globSync('src/**/*.ts').map((file) => file.replaceAll('\\', '/'))

test('every file stands in a known layer', () => {
  expect(files.filter((file) => !rank.has(layerOf(file)))).toEqual([])
  expect(files.length).toBeGreaterThan(20)
})

test('imports go downwards only', () => {
  const upwards: string[] = []
  for (const file of files) {
    for (const specifier of importsOf(file)) {
      const target = specifier.startsWith('#')
        ? specifier.slice(1).split('/')[0]
        : specifier.startsWith('.')
          ? layerOf(normalize(join(dirname(file), specifier)).replaceAll('\\', '/'))
          : undefined
      if (target === undefined || target === layerOf(file)) continue
      if (!(rank.get(target)! < rank.get(layerOf(file))!)) upwards.push(`${file} imports ${specifier}`)
    }
  }
  expect(upwards).toEqual([])
})

test('relative imports stay inside their layer', () => {
  const crossing: string[] = []
  for (const file of files) {
    for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = normalize(join(dirname(file), specifier)).replaceAll('\\', '/')
      if (layerOf(target) !== layerOf(file)) crossing.push(`${file} imports ${specifier}`)
    }
  }
  expect(crossing).toEqual([])
})

test('no file is longer than 500 lines', () => {
  const long = [...files, ...globSync('test/**/*.ts')].filter(
    (file) => readFileSync(file, 'utf8').split('\n').length > 501,
  )
  expect(long).toEqual([])
})

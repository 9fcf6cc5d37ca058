import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { dataRoot, realData } from '../real-data.ts'
import { retort } from './run.ts'
import { retortHere } from './run-here.ts'
import { csvTable, idxFolder, writeFiles } from './small-data.ts'

const root = mkdtempSync(join(tmpdir(), 'retort-evaluate-'))
afterAll(() => rmSync(root, { recursive: true }))

interface Row {
  name: string
  points: number
  ridge: number
  score: { metric: string; value: number; n: number; interval: [number, number] }
  seeds?: number
  spread?: number
}

const names = ['original', 'distilled', 'random', 'herding', 'k-means', 'k-center']

async function distilled(name: string, flags: readonly string[] = []) {
  const files =
    name === 'images'
      ? idxFolder({ gzip: true })
      : { 'train.csv': csvTable(200, 81, ['price', 'rent']), 'test.csv': csvTable(60, 82, ['price', 'rent']) }
  const data = writeFiles(join(root, name), files)
  const out = join(root, `${name}-out`)
  const { code, stdout } = await retortHere(['distill', data, '-o', out, '--json', ...flags])
  expect(code).toBe(0)
  const { comparison }: { comparison: Row[] } = JSON.parse(stdout)
  return { data, out, comparison }
}

test.each([
  ['images', [], 'accuracy', 100],
  ['numbers', ['--target', 'price,rent'], 'r2', 60],
])(
  'evaluate of %s prints six models with their scores, as distill found them',
  async (name, flags, metric, n) => {
    const { data, out, comparison } = await distilled(name, flags)
    const { code, stdout, stderr } = await retortHere(['evaluate', out, '--data', data, '--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { rows, split }: { rows: Row[]; split: string } = JSON.parse(stdout)
    expect(split).toBe('test')
    expect(rows.map((row) => row.name)).toEqual(names)
    for (const { score } of rows) {
      expect(score).toMatchObject({ metric, n })
      expect(score.interval[0]).toBeLessThanOrEqual(score.value)
      expect(score.interval[1]).toBeGreaterThanOrEqual(score.value)
    }
    const [original, small, ...subsets] = rows
    expect(original.score.value).toBeGreaterThan(0.6)
    expect(small.score.value).toBeCloseTo(original.score.value, 4)
    for (const subset of subsets) {
      expect(subset.points).toBe(small.points)
      expect(subset.score.value).toBeLessThanOrEqual(original.score.value + 0.05)
    }
    expect(subsets[0]).toMatchObject({ seeds: 5, spread: expect.any(Number) })
    expect(rows.map(({ score }) => score.value)).toEqual(comparison.map(({ score }) => score.value))
  },
)

test('for people it is a table', async () => {
  const { data, out } = await distilled('images')
  const { code, stdout } = await retort(['evaluate', out, '--data', data])
  expect(code).toBe(0)
  for (const name of names) {
    expect(stdout).toMatch(
      new RegExp(`^${name} +\\d+ +\\d+\\.\\d\\d % \\[\\d+\\.\\d\\d, \\d+\\.\\d\\d\\]`, 'm'),
    )
  }
  expect(stdout).toContain('n = 100 test')
})

test('--no-baselines leaves the two models', async () => {
  const { data, out } = await distilled('images')
  const { stdout } = await retortHere(['evaluate', out, '--data', data, '--json', '--no-baselines'])
  const { rows }: { rows: Row[] } = JSON.parse(stdout)
  expect(rows.map(({ name }) => name)).toEqual(['original', 'distilled'])
})

test('it needs the data, and data of the right shape', async () => {
  const { out } = await distilled('images')
  const without = await retort(['evaluate', out])
  expect(without.code).toBe(2)
  expect(without.stderr).toContain('--data')
  const other = await retortHere(['evaluate', out, '--data', 'glyphs:500'])
  expect(other.code).toBe(4)
  expect(other.stderr).toMatch(/^error check\/other-data/)
})

describe('recipes', () => {
  test('are listed by name with their source and published figure', async () => {
    const { code, stdout } = await retortHere(['recipes', '--json'])
    expect(code).toBe(0)
    const { recipes }: { recipes: { name: string; source: string; published?: number }[] } =
      JSON.parse(stdout)
    expect(recipes.map(({ name }) => name)).toContain('ridge/mnist/ipc1')
    for (const { name, source, published } of recipes) {
      expect(name).toMatch(/^(ridge\/\w+|[\w-]+\/\w+\/[\w-]+)\/ipc\d+$/)
      expect(source).toMatch(name.startsWith('kip/') ? /20\d\d/ : /Chen, Huang, Weng/)
      if (published === undefined) expect(source).toContain('settings only')
      else expect(published).toBeGreaterThan(0)
    }
    const { stdout: text } = await retortHere(['recipes'])
    for (const { name } of recipes) expect(text).toContain(`${name}\n`)
  })

  test('set what they say, and are recorded', async () => {
    const { data } = await distilled('images')
    const words = ['distill', data, '--recipe', 'ridge/mnist/ipc10', '-o', join(root, 'recipe'), '--json']
    const { code, stdout } = await retortHere(words)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ points: 40, ridgeDistilled: 0, holds: true })
    const { stdout: facts } = await retortHere(['inspect', join(root, 'recipe'), '--json'])
    expect(JSON.parse(facts)).toMatchObject({ intercept: false, preprocessing: 'channel', points: 40 })
  })
})

test.each([
  [['--ipc', '5'], '--ipc'],
  [['--mean', '0.5'], '--mean'],
  [['--ridge-distilled', '3'], '--ridge-distilled'],
])('a recipe is not bent by %j', async (flags, path) => {
  const words = ['distill', 'glyphs:500', '--recipe', 'ridge/mnist/ipc1', ...flags, '-o', join(root, 'never')]
  const { code, stdout } = await retortHere([...words, '--json'])
  expect(code).toBe(2)
  expect(JSON.parse(stdout).error).toMatchObject({ code: 'usage/recipe-conflict', path })
})

describe.skipIf(dataRoot === undefined)('MNIST (needs RETORT_DATA)', () => {
  test('ridge/mnist/ipc1 reaches the published 86.41 % within 0.4 points', async () => {
    const out = join(root, 'mnist')
    const words = ['distill', realData('mnist'), '--recipe', 'ridge/mnist/ipc1', '-o', out, '--json']
    const { code, stdout } = await retort([...words, '--no-baselines'])
    expect(code).toBe(0)
    const { accuracy, points, relativeError } = JSON.parse(stdout)
    expect(points).toBe(10)
    expect(accuracy.n).toBe(10_000)
    expect(Math.abs(100 * accuracy.original - 86.41)).toBeLessThanOrEqual(0.4)
    expect(accuracy.distilled).toBe(accuracy.original)
    expect(relativeError).toBeLessThanOrEqual(1e-5)
    const verdict = await retort(['verify', out, '--data', realData('mnist'), '--json'])
    expect(verdict.code).toBe(0)
    expect(JSON.parse(verdict.stdout).ok).toBe(true)
  })
})

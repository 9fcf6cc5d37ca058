import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artefactFiles } from '#artefact/artefact-files'
import { retort } from './run.ts'
import { retortHere } from './run-here.ts'
import { retrainedError } from './retrained-error.ts'
import type { Files } from './small-data.ts'
import { csvTable, idxFolder, npyFolder, parquetFolder, pictureFolder, writeFiles } from './small-data.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-distill-'))
})
afterAll(() => rmSync(root, { recursive: true }))

const stages = ['read', 'statistics', 'fit', 'distill', 'write', 'total']

interface Case {
  name: string
  files?: Files
  input?: string
  flags?: string[]
  points: number
  metric: 'accuracy' | 'r2'
  /** The score that a linear model must reach here: far above chance, or 0. */
  least: number
}

const classTable = { 'train.csv': csvTable(240, 9, ['kind']), 'test.csv': csvTable(80, 10, ['kind']) }
const priceTable = { 'houses.csv': csvTable(240, 11, ['price']) }
const twoPrices = { 'houses.csv': csvTable(240, 12, ['price', 'rent']) }

const cases: Case[] = [
  { name: 'a generator', input: 'glyphs:1500,test=300', points: 10, metric: 'accuracy', least: 0.6 },
  { name: 'IDX', files: idxFolder({ gzip: false }), points: 4, metric: 'accuracy', least: 0.6 },
  { name: 'IDX, gzipped', files: idxFolder({ gzip: true }), points: 4, metric: 'accuracy', least: 0.6 },
  { name: 'CSV of classes', files: classTable, points: 3, metric: 'accuracy', least: 0.6 },
  {
    name: 'CSV of one number',
    files: priceTable,
    flags: ['--target', 'price'],
    points: 2,
    metric: 'r2',
    least: 0.8,
  },
  {
    name: 'CSV of two numbers',
    files: twoPrices,
    flags: ['--target', 'price,rent'],
    points: 3,
    metric: 'r2',
    least: 0.8,
  },
  { name: 'a pair of NPY files', files: npyFolder(), points: 3, metric: 'accuracy', least: 0.6 },
  { name: 'Parquet', files: parquetFolder(), points: 3, metric: 'accuracy', least: 0.6 },
  { name: 'a folder of pictures', files: pictureFolder(), points: 4, metric: 'accuracy', least: 0.5 },
]

describe.each(cases)('distill from $name', ({ name, files, input, flags = [], points, metric, least }) => {
  const slug = name.replace(/\W+/g, '-')
  const path = () => input ?? writeFiles(join(root, slug), files ?? {})

  test.each([
    ['float32', 1e-5],
    ['float64', 1e-12],
  ])('stored as %s the set trains to W up to %d', async (storage, bound) => {
    const out = join(root, `${slug}-${storage}`)
    const words = ['distill', path(), '-o', out, '--storage', storage, ...flags]
    const { code, stdout, stderr } = await retortHere([...words, '--json'])
    expect(stderr).not.toContain('error')
    expect(code).toBe(0)
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ schemaVersion: 1, artefact: out, method: 'ridge', points })
    expect(result.ridge).toBeGreaterThan(0)
    expect(result.relativeError).toBeGreaterThanOrEqual(0)
    expect(result.relativeError).toBeLessThanOrEqual(bound)
    expect(await retrainedError(out)).toBeLessThanOrEqual(bound)
    const { accuracy, seconds, peakMemoryBytes } = result
    expect(accuracy.metric).toBe(metric)
    expect(accuracy.original).toBeGreaterThan(least)
    expect(Math.abs(accuracy.distilled - accuracy.original)).toBeLessThanOrEqual(1e-4)
    expect(accuracy.n).toBeGreaterThan(0)
    const [low, high] = accuracy.interval
    expect(low).toBeLessThanOrEqual(accuracy.distilled)
    expect(high).toBeGreaterThanOrEqual(accuracy.distilled)
    expect(Object.keys(seconds)).toEqual(expect.arrayContaining(stages))
    const parts = stages.slice(0, -1).reduce((sum, stage) => sum + seconds[stage], 0)
    expect(parts).toBeLessThanOrEqual(seconds.total + 0.001)
    expect(peakMemoryBytes).toBeGreaterThan(10e6)
    expect(readdirSync(out).sort()).toEqual(Object.keys(artefactFiles).sort())
  })
})

test('--jsonl prints one JSON object per line, the last of them the result, and nothing else anywhere', async () => {
  const out = join(root, 'stream')
  const { code, stdout, stderr } = await retort(['distill', 'glyphs:1500,test=300', '-o', out, '--jsonl'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['progress', 'result']))
  expect(events.at(-1)).toMatchObject({ event: 'result', schemaVersion: 1, points: 10 })
  const last = events.findLast(({ stage }) => stage === 'statistics')
  expect(last).toMatchObject({ done: 1500, total: 1500 })
})

test.each([2, 5, 12, 150])('a table of %d rows for each kind is enough', async (count) => {
  const out = join(root, `small-${count}`)
  const rows = Array.from(
    { length: 3 * count },
    (_, i) => `${(i * 7) % 11},${i % 5},${['a', 'b', 'c'][i % 3]}`,
  )
  const data = writeFiles(join(root, `small-data-${count}`), {
    'small.csv': `u,v,kind\n${rows.join('\n')}\n`,
  })
  const { code, stdout, stderr } = await retortHere(['distill', data, '-o', out, '--json'])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(JSON.parse(stdout).accuracy.n).toBeGreaterThan(0)
})

test('where no example is left to choose λ on, the way out is said and works', async () => {
  const data = writeFiles(join(root, 'tiny'), { 'tiny.csv': 'a,b,kind\n1,2,x\n2,1,y\n' })
  const words = ['distill', data, '-o', join(root, 'tiny-out')]
  const refused = await retortHere([...words, '--seed', '1'])
  expect(refused.code).toBe(3)
  expect(refused.stderr).toMatch(/^error data\/too-few-examples: 2 training examples leave 2 to fit and 0/)
  expect(refused.stderr).toContain('another --seed')
  expect((await retortHere([...words, '--seed', '0'])).code).toBe(0)
})

test('for people it prints the claim, the scores and the next command, and exits 0', async () => {
  const out = join(root, 'text')
  const data = writeFiles(join(root, 'text-data'), classTable)
  const { code, stdout } = await retort(['distill', data, '-o', out])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^3 points give the model of 240 examples/)
  expect(stdout).toMatch(/^original /m)
  expect(stdout).toMatch(/^distilled /m)
  expect(stdout).toContain(`retort verify ${out} --data ${data}`)
})

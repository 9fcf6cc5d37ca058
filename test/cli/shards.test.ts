import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { npyFile } from '../data/fixtures.ts'
import { retort } from './run.ts'
import { retortHere } from './run-here.ts'
import { csvTable, kindNames, tableRows, writeFiles } from './small-data.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-shards-'))
})
afterAll(() => rmSync(root, { recursive: true }))

const place = (name: string) => join(root, name)
const bytes = (name: string) => readFileSync(place(name)).toString('base64')

async function statistics(data: string, output: string, flags: readonly string[] = []) {
  const { code, stderr } = await retortHere(['statistics', data, '-o', place(output), ...flags])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
}

async function merge(parts: readonly string[], output: string) {
  const { code, stdout } = await retortHere(['merge', ...parts.map(place), '-o', place(output), '--json'])
  return { code, result: JSON.parse(stdout) }
}

function floats(): string {
  const { inputs, kinds } = tableRows(5000, 61)
  return writeFiles(place('floats'), {
    'x.npy': npyFile('<f4', [5000, 5], Float32Array.from(inputs.flat())),
    'y.npy': npyFile(
      '|u1',
      [5000],
      Uint8Array.from(kinds, (kind) => kindNames.indexOf(kind)),
    ),
  })
}

const inputs: [string, () => string, string[]][] = [
  ['8-bit images', () => 'glyphs:2500,test=0', []],
  ['float32 vectors', floats, []],
  [
    'a table with real targets',
    () => writeFiles(place('table'), { 'houses.csv': csvTable(3000, 62, ['price', 'rent']) }),
    ['--target', 'price,rent'],
  ],
]

describe.each(inputs)('%s', (name, data, flags) => {
  const slug = name.replace(/\W+/g, '-')

  test.each([1, 2, 5])('%d shards merge to the bytes of one pass, in any order', async (count) => {
    const input = data()
    const whole = `${slug}-${count}-whole`
    await statistics(input, whole, flags)
    const parts = Array.from({ length: count }, (_, i) => `${slug}-${count}-${i + 1}`)
    for (const [i, part] of parts.entries()) {
      await statistics(input, part, [...flags, '--shard', `${i + 1}/${count}`])
    }
    const shuffled = parts.map((_, i) => parts[(i * 2 + 1) % count] ?? parts[i])
    const order = new Set(shuffled).size === count ? shuffled : parts.toReversed()
    const { code, result } = await merge(order, `${slug}-${count}-merged`)
    expect({ code, result }).toEqual({
      code: 0,
      result: expect.objectContaining({ parts: count, examples: expect.any(Number) }),
    })
    expect(bytes(`${slug}-${count}-merged`)).toBe(bytes(whole))
    if (count > 1) expect(bytes(parts[0])).not.toBe(bytes(whole))
  })
})

describe('refused, exit 3, and nothing written:', () => {
  beforeAll(async () => {
    for (const i of [1, 2, 3]) await statistics('glyphs:2500', `g${i}`, ['--shard', `${i}/3`])
    await statistics('glyphs:2501', 'other', ['--shard', '3/3'])
    await statistics('glyphs:2500', 'of-two', ['--shard', '2/2'])
    await statistics('glyphs:2500', 'other-hold-out', ['--shard', '3/3', '--seed', '9'])
    writeFiles(root, { broken: readFileSync(place('g3')).subarray(0, 5000), 'not-one': 'hello' })
  })

  test.each([
    ['a missing shard', ['g1', 'g3'], 'data/missing-shard', '--shard 2/3'],
    ['a doubled shard', ['g1', 'g2', 'g2', 'g3'], 'data/doubled-shard', 'once'],
    ['a shard of other data', ['g1', 'g2', 'other'], 'data/', ''],
    ['a shard of another cut', ['g1', 'g2', 'of-two'], 'data/', ''],
    ['a shard with another hold-out', ['g1', 'g2', 'other-hold-out'], 'data/statistics-differ', ''],
    ['a shard cut short', ['g1', 'g2', 'broken'], 'data/', ''],
    ['another file', ['g1', 'g2', 'not-one'], 'data/', ''],
    ['a file that is not there', ['g1', 'g2', 'g4'], 'data/not-found', ''],
  ])('%s', async (_, parts, code, fix) => {
    const before = readdirSync(root)
    const outcome = await merge(parts, 'refused')
    expect(outcome.code).toBe(3)
    expect(outcome.result.error.code.startsWith(code), outcome.result.error.code).toBe(true)
    expect(outcome.result.error.hint).toContain(fix)
    expect(readdirSync(root)).toEqual(before)
  })
})

test.each(['0/3', '4/3', '1', 'a/b', '1/0'])('--shard %s is no shard: exit 2', async (shard) => {
  const words = ['statistics', 'glyphs:500', '--shard', shard, '-o', place('never'), '--json']
  const { code, stdout } = await retortHere(words)
  expect(code).toBe(2)
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'usage/shard',
    hint: expect.stringContaining('2/8'),
  })
})

test('a scheduler gives the index: Slurm from 1, Kubernetes from 0', async () => {
  const run = (output: string, flags: string[], env: Record<string, string>) =>
    retort(['statistics', 'glyphs:900,test=0', '-o', place(output), ...flags], { env })
  const outcomes = await Promise.all([
    run('flag', ['--shard', '2/3'], {}),
    run('slurm', ['--shards', '3'], { SLURM_ARRAY_TASK_ID: '2' }),
    run('kubernetes', ['--shards', '3'], { JOB_COMPLETION_INDEX: '1' }),
  ])
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0])
  expect(bytes('slurm')).toBe(bytes('flag'))
  expect(bytes('kubernetes')).toBe(bytes('flag'))
})

describe('a file that is there is not replaced unasked', () => {
  test.each([
    ['statistics', () => ['glyphs:300,test=0']],
    ['merge', () => [place('only')]],
  ])('by %s', async (verb, inputs) => {
    if (verb === 'merge') await statistics('glyphs:300,test=0', 'only')
    const out = `${verb}-there`
    writeFiles(root, { [out]: 'mine' })
    const words = [verb, ...inputs(), '-o', place(out)]
    const { code, stderr } = await retortHere(words)
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('error usage/output-exists'),
    })
    expect(stderr).toContain('4 bytes')
    expect(stderr.trimEnd().split('\n').at(-1)).toContain('--force')
    expect(readFileSync(place(out), 'utf8')).toBe('mine')
    expect((await retortHere([...words, '--force'])).code).toBe(0)
    expect(readFileSync(place(out), 'utf8')).not.toBe('mine')
  })

  test('nor, with --force, one that is read; nor a folder', async () => {
    const table = writeFiles(place('read'), { 'a.csv': csvTable(50, 3, ['kind']) })
    await statistics('glyphs:300,test=0', 'part')
    const refused = [
      ['statistics', join(table, 'a.csv'), '-o', join(table, 'a.csv')],
      ['merge', place('part'), '-o', place('part')],
      ['statistics', 'glyphs:300', '-o', table],
    ]
    const codes = ['usage/output-in-use', 'usage/output-in-use', 'usage/output-exists']
    const before = [readFileSync(join(table, 'a.csv'), 'utf8'), bytes('part')]
    for (const [i, words] of refused.entries()) {
      const { code, stderr } = await retortHere([...words, '--force'])
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`error ${codes[i]}`) })
    }
    expect([readFileSync(join(table, 'a.csv'), 'utf8'), bytes('part')]).toEqual(before)
  })
})

test('inspect says what a statistics file holds', async () => {
  await statistics('glyphs:900,test=0', 'seen', ['--shard', '2/3'])
  const { code, stdout } = await retortHere(['inspect', place('seen'), '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'statistics',
    examples: 900,
    shard: { index: 2, count: 3 },
    exact: true,
    inputShape: [28, 28, 1],
  })
})

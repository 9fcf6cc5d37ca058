import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeProgress, progressLine } from '#cli/progress-line'
import { resolveSettings } from '#cli/settings'
import { wantsColour } from '#cli/terminal'
import { defineVerb } from '#cli/verb'
import { RetortError } from '#core/errors'
import { retort } from './run.ts'

const verb = defineVerb({
  name: 'try',
  summary: 'a verb for tests',
  arguments: [{ name: 'path', summary: 'a path', required: true }],
  options: {
    ridge: z.union([z.literal('auto'), z.number().min(0)]).default('auto'),
    seed: z.int().min(0).default(0),
    holdOut: z.number().default(0.05),
    baselines: z.boolean().default(true),
    output: z.string().optional(),
  },
  examples: [],
  run: async () => 0,
})
const known = async () => ['ridge', 'seed', 'holdOut', 'storage']

async function failure(promise: Promise<unknown>): Promise<RetortError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!(error instanceof RetortError)) throw new Error(`no RetortError but ${String(error)}`)
  return error
}

test('a flag beats the environment, which beats the configuration, which beats the default', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'retort-settings-'))
  writeFileSync(join(directory, 'retort.config.mjs'), 'export default { seed: 1, ridge: 1, holdOut: 0.1 }')
  const env = { RETORT_SEED: '2', RETORT_HOLD_OUT: '0.2' }
  const { inputs, options } = await resolveSettings(verb, ['data', '--seed', '3'], known, env, directory)
  expect(inputs).toEqual(['data'])
  expect(options).toMatchObject({ seed: 3, holdOut: 0.2, ridge: 1, baselines: true })
})

test('flags stand in any order, with = or without, and booleans can be switched off', async () => {
  const words = ['--ridge=10', '--no-baselines', 'data', '-o', 'out']
  const { inputs, options } = await resolveSettings(verb, words, known, {}, tmpdir())
  expect(inputs).toEqual(['data'])
  expect(options).toMatchObject({ ridge: 10, baselines: false, output: 'out' })
})

test('an unknown key of the configuration names the nearest known one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'retort-settings-'))
  writeFileSync(join(directory, 'retort.config.mjs'), 'export default { storrage: "float64" }')
  const error = await failure(resolveSettings(verb, ['data'], known, {}, directory))
  expect(error).toMatchObject({ code: 'config/unknown-key', exitCode: 2 })
  expect(error.hint).toContain("'storage'")
})

test('an unknown flag names the nearest known one', async () => {
  const error = await failure(resolveSettings(verb, ['data', '--rigde', '1'], known, {}, tmpdir()))
  expect(error).toMatchObject({ code: 'usage/unknown-flag', exitCode: 2 })
  expect(error.hint).toContain('--ridge')
})

test.each([
  [['data', '--seed', '1.5'], 'usage/invalid-value'],
  [['data', '--ridge', 'much'], 'usage/invalid-value'],
  [['data', '--seed', '-1'], 'usage/invalid-value'],
  [[], 'usage/arguments'],
  [['data', '--seed'], 'usage/arguments'],
])('%j is refused with exit code 2', async (words, code) => {
  expect(await failure(resolveSettings(verb, words, known, {}, tmpdir()))).toMatchObject({
    code,
    exitCode: 2,
  })
})

test('progress says share, count, rate, time left and the figure', () => {
  const line = describeProgress(
    { stage: 'statistics', done: 15000, total: 60000, unit: 'images', figure: { name: 'loss', value: 0.5 } },
    2,
  )
  expect(line).toBe(
    'statistics  25 %  15\u2009000 of 60\u2009000 images · 7\u2009500/s · 6.0 s left · loss 0.5000',
  )
})

test('without a terminal progress is at most one line in ten seconds', () => {
  const lines: string[] = []
  const line = progressLine({ write: (text) => lines.push(text) }, false)
  for (let done = 0; done < 1000; done++) line.show({ stage: 'statistics', done, total: 1000 })
  expect(lines).toEqual([])
})

test('in a terminal progress is drawn at once and erased at the end', () => {
  const written: string[] = []
  const line = progressLine({ write: (text) => written.push(text), isTTY: true, columns: 40 }, false)
  line.show({ stage: 'statistics', done: 0, total: 1000, unit: 'images' })
  expect(written[0]).toContain('statistics')
  line.settle()
  expect(written.at(-1)).toBe('\r\u001B[2K')
})

test.each([
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ TERM: 'dumb' }, true, false],
  [{}, true, true],
  [{}, false, false],
])('colour with %j on a terminal (%s): %s', (env, terminal, expected) => {
  expect(wantsColour(terminal, env)).toBe(expected)
})

test('the bare command shows help and exits 2, --help exits 0', async () => {
  const [bare, help] = await Promise.all([retort([]), retort(['--help'])])
  expect(bare).toMatchObject({ code: 2, stdout: '' })
  expect(bare.stderr).toContain('retort distill')
  expect(help).toMatchObject({ code: 0, stderr: '' })
})

test('an unknown verb exits 2 and names the nearest', async () => {
  const outcome = await retort(['distil', 'x'])
  expect(outcome.code).toBe(2)
  expect(outcome.stderr.trim().split('\n').at(-1)).toContain('retort distill')
})

test('a failure in JSON mode is one object on stdout', async () => {
  const outcome = await retort(['env', '--threads', 'many', '--json'])
  expect(outcome.code).toBe(2)
  expect(JSON.parse(outcome.stdout)).toMatchObject({ error: { code: 'usage/invalid-value', exitCode: 2 } })
})

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { retort } from './run.ts'
import { csvTable, writeFiles } from './small-data.ts'

const root = mkdtempSync(join(tmpdir(), 'retort-configuration-'))
afterAll(() => rmSync(root, { recursive: true }))
let places = 0

/** Distils a small table in a directory of its own, which may hold a configuration. */
async function distill(options: { config?: string; env?: Record<string, string>; flags?: string[] }) {
  const { config, env, flags = [] } = options
  const cwd = join(root, String(places++))
  writeFiles(cwd, {
    'data/table.csv': csvTable(120, 91, ['price', 'rent']),
    ...(config && { 'retort.config.mjs': config }),
  })
  const words = ['distill', 'data', '-o', 'out', '--target', 'price,rent', '--json', ...flags]
  const { code, stdout, stderr } = await retort(words, { cwd, env })
  const folder = join(cwd, 'out')
  const run = () => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
  return { code, stderr, result: JSON.parse(stdout), folder, run }
}

describe('distill takes', () => {
  test('its settings from RETORT_* variables', async () => {
    const env = {
      RETORT_STORAGE: 'float64',
      RETORT_RIDGE: '2.5',
      RETORT_RIDGE_DISTILLED: '0.25',
      RETORT_BASELINES: 'false',
      RETORT_SEED: '',
    }
    const { code, result, run } = await distill({ env })
    expect(code).toBe(0)
    expect(result).toMatchObject({ ridge: 2.5, ridgeDistilled: 0.25 })
    expect(result.comparison).toHaveLength(2)
    expect(run()).toMatchObject({ storage: 'float64', seed: 0 })
  })

  test('its settings from retort.config.mjs, and a flag or a variable before them', async () => {
    const config =
      "export default { seed: 3, storage: 'float64', ridge: 7, points: 5, baselines: false, shards: 4 }"
    const { code, result, run } = await distill({
      config,
      env: { RETORT_SEED: '4' },
      flags: ['--points', '6'],
    })
    expect(code).toBe(0)
    expect(result).toMatchObject({ ridge: 7, points: 6 })
    expect(run()).toMatchObject({ storage: 'float64', seed: 4 })
  })

  test('a configuration typed with defineConfig', async () => {
    const entry = new URL('../../src/cli/settings.ts', import.meta.url).href
    const config = `import { defineConfig } from '${entry}'\nexport default defineConfig({ seed: 5, baselines: false })`
    const { code, run } = await distill({ config })
    expect(code).toBe(0)
    expect(run().seed).toBe(5)
  })
})

test('RETORT_DATA, which may be a folder of many datasets, is no --data of verify and evaluate', async () => {
  const env = { RETORT_DATA: root }
  const { code, folder } = await distill({ env, flags: ['--no-baselines'] })
  expect(code).toBe(0)
  const verified = await retort(['verify', folder, '--json'], { env })
  expect(verified).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(verified.stdout).ok).toBe(true)
  const evaluated = await retort(['evaluate', folder, '--json'], { env })
  expect(evaluated.code).toBe(2)
  expect(JSON.parse(evaluated.stdout).error.message).toContain('needs --data')
})

describe('refused with exit 2:', () => {
  test.each<[string, Parameters<typeof distill>[0], string, string]>([
    ['an unknown key', { config: 'export default { seeed: 3 }' }, 'config/unknown-key', "'seed'"],
    ['a key of a wrong kind', { config: "export default { seed: 'x' }" }, 'config/invalid-value', ''],
    [
      'a configuration that exports nothing',
      { config: 'export const seed = 3' },
      'config/no-default',
      'export default',
    ],
    [
      'a configuration that does not load',
      { config: 'export default {' },
      'config/unreadable',
      'retort.config.mjs',
    ],
    ['a variable of a wrong kind', { env: { RETORT_SEED: 'three' } }, 'config/invalid-value', ''],
    ['a provider that is none', { env: { RETORT_BLAS: 'abacus' } }, 'config/', ''],
    ['a thread count that is none', { env: { RETORT_THREADS: '-1' } }, 'config/', ''],
  ])('%s', async (_, options, code, fix) => {
    const outcome = await distill(options)
    expect(outcome.code).toBe(2)
    expect(outcome.result.error.code.startsWith(code), outcome.result.error.code).toBe(true)
    expect(outcome.result.error.hint).toContain(fix)
    expect(outcome.stderr.trimEnd().split('\n').at(-1)).toMatch(/^ {2}→ /)
  })
})

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readArtefact, requireRidge } from '#artefact/read'
import { closedFormCost } from '#engine/cost'
import { loadFeatures } from '#features/stored'
import { chooseBlas } from '#linalg/provider'
import { relativeError } from '#core/matrix'
import { stepCost } from '#methods/non-surjective/step-cost'
import { plainRidge, withBias } from '../methods/plain-ridge.ts'
import { retortHere } from './run-here.ts'
import { csvTable, idxFolder, writeFiles } from './small-data.ts'

let root = ''
let images = ''
let table = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-wide-'))
  images = writeFiles(join(root, 'images'), idxFolder({ gzip: false }))
  table = writeFiles(join(root, 'table'), {
    'train.csv': csvTable(150, 3, ['kind']),
    'test.csv': csvTable(40, 4, ['kind']),
  })
})
afterAll(() => rmSync(root, { recursive: true }))

const distill = async (data: string, ...flags: string[]) => {
  const out = join(root, 'out')
  rmSync(out, { recursive: true, force: true })
  const { code, stdout, stderr } = await retortHere([
    'distill',
    data,
    '-o',
    out,
    '--no-baselines',
    '--json',
    ...flags,
  ])
  return { code, out, stderr, result: JSON.parse(stdout) }
}

/** As whoever receives the folder trains: stored map, stored points, plain sums. */
async function retrained(folder: string): Promise<number> {
  const { set } = requireRidge(await readArtefact(folder))
  const { blas } = await chooseBlas()
  const features = set.features
    ? await (await loadFeatures(set.features, blas)).forward(set.points, blas)
    : set.points
  await blas.close()
  const { ridge, intercept, weight, bias } = set.training
  return relativeError(
    withBias(plainRidge(features, set.labels, ridge, intercept)),
    withBias({ weight, bias }),
  )
}

const wide = ['--features', 'dense', '--width', '48']

describe('behind a map with more features than inputs', () => {
  it.each([
    ['images, gauss-newton', 'images', [...wide, '--method', 'gauss-newton', '--storage', 'float64'], 18],
    [
      'images, gauss-newton, λ_S > 0',
      'images',
      [...wide, '--method', 'gauss-newton', '--ridge-distilled', '0.5', '--storage', 'float64'],
      18,
    ],
    [
      'a table with intercept, gauss-newton',
      'table',
      ['--features', 'dense', '--width', '12', '--method', 'gauss-newton', '--storage', 'float64'],
      10,
    ],
    ['images, maalouf', 'images', [...wide, '--method', 'maalouf', '--storage', 'float64'], 49],
    [
      'Fourier features, maalouf',
      'images',
      [
        '--features',
        'fourier',
        '--width',
        '40',
        '--variance',
        '50',
        '--method',
        'maalouf',
        '--storage',
        'float64',
      ],
      41,
    ],
  ] as const)('%s: certified, verified, and exact when trained anew', async (_name, input, flags, most) => {
    const data = { images, table }[input]
    const { code, out, result } = await distill(data, ...flags)
    expect(code).toBe(0)
    expect(result).toMatchObject({ holds: true })
    expect(result.points).toBeLessThanOrEqual(most)
    expect(result.relativeError).toBeLessThan(1e-8)
    expect(await retrained(out)).toBeLessThan(1e-8)
    expect((await retortHere(['verify', out, '--data', data, '--json'])).code).toBe(0)
  })

  it('goes on from the best of an earlier search where that ran out of its budget, or was asked for else', async () => {
    const search = [...wide, '--method', 'gauss-newton', '--points', '9', '--storage', 'float64']
    const steps = join(root, 'out.retort-steps')
    const budget = (count: number) => ['--restarts', '1', '--steps', String(count)]
    const first = await distill(images, ...search, ...budget(2))
    expect([first.code, existsSync(steps)]).toEqual([5, true])
    expect(first.stderr + JSON.stringify(first.result.error)).toContain('goes on from it')
    const second = await distill(images, ...search, ...budget(4))
    expect(second.code).toBe(5)
    expect(second.result.error.values.steps).toBeGreaterThan(2)
    expect(second.result.error.values.residual).toBeLessThan(first.result.error.values.residual)
    // Settings that decide about the search, and not about its budget: another search.
    const other = await distill(images, ...search, ...budget(2), '--seed', '3')
    expect(other.result.error.values.steps).toBe(2)
    await distill(images, ...search, ...budget(2))
    const found = await distill(images, ...search)
    expect(found.code).toBe(0)
    expect(existsSync(steps)).toBe(false)
    const whole = requireRidge(await readArtefact(found.out)).set.points.data.slice()
    const again = await distill(images, ...search)
    expect(requireRidge(await readArtefact(again.out)).set.points.data).toEqual(whole)
  })

  it('ends with 5 and what is missing where the budget ends first, and writes nothing', async () => {
    const flags = [
      ...wide,
      '--method',
      'gauss-newton',
      '--restarts',
      '1',
      '--steps',
      '2',
      '--points',
      '6',
      '--json',
    ]
    const { code, out, result } = await distill(images, ...flags)
    expect(code).toBe(5)
    expect(result.error).toMatchObject({ code: 'budget/not-found', values: { points: 6, steps: 2 } })
    expect(result.error.values.residual).toBeGreaterThan(1e-3)
    expect(existsSync(out)).toBe(false)
  })

  it('a search that its time ended is to be given more time', async () => {
    const flags = ['--method', 'gauss-newton', '--points', '6', '--seconds', '0.001']
    const { code, result } = await distill(images, '--features', 'dense', '--width', '40', ...flags)
    expect([code, result.error.code]).toEqual([5, 'budget/not-found'])
    expect(result.error.hint).toContain('--seconds 0.002')
    expect(result.error.hint).not.toContain('--restarts')
  })

  it('run.json counts the steps of the search', async () => {
    const flags = [
      ...wide,
      '--method',
      'gauss-newton',
      '--points',
      '18',
      '--jsonl',
      '-o',
      join(root, 'counted'),
    ]
    const { code, stdout } = await retortHere(['distill', images, '--no-baselines', ...flags])
    expect(code).toBe(0)
    const steps = Math.max(
      ...[...stdout.matchAll(/"stage":"search [^"]*","done":(\d+)/g)].map(([, done]) => Number(done)),
    )
    const { set, run } = requireRidge(await readArtefact(join(root, 'counted')))
    const { rows: rank, cols: features } = set.training.weight
    const operations = 2 * set.points.cols * features
    const { fixed } = stepCost({ points: 18, inputs: set.points.cols, features, rank, operations })
    const { floatingPointOperations } = run.cost
    expect(floatingPointOperations).toBeGreaterThan(steps * fixed)
    const closed = closedFormCost(
      { count: run.data.examples, inputSize: features, targetSize: rank },
      18,
      true,
      {
        operations,
      },
    )
    expect(floatingPointOperations).toBeLessThan(steps * fixed * 1.05 + closed.floatingPointOperations)
  })

  it.each([
    ['no map', ['--method', 'gauss-newton'], 'usage/no-features'],
    ['too few points', [...wide, '--method', 'gauss-newton', '--points', '4'], 'usage/too-few-points'],
    ['too few points', [...wide, '--method', 'maalouf', '--points', '40'], 'usage/too-few-points'],
    ['a flag of another method', [...wide, '--method', 'maalouf', '--restarts', '3'], 'usage/other-method'],
    [
      'a variant of ridge',
      [...wide, '--method', 'gauss-newton', '--variant', 'realistic'],
      'usage/other-method',
    ],
    ['the closed form', wide, 'usage/not-onto'],
  ] as const)('refuses %s', async (_name, flags, code) => {
    const { code: exit, result } = await distill(images, ...flags)
    expect([exit, result.error.code]).toEqual([2, code])
  })
})

describe('izzo-zou', () => {
  it.each([
    ['on inputs', []],
    ['on features', ['--features', 'coupling']],
  ] as const)('%s: every λ from as many points as dimensions', async (_name, flags) => {
    const { code, out, result } = await distill(images, ...flags, '--method', 'izzo-zou')
    expect(code).toBe(0)
    expect(result.points).toBe(30)
    const { set, certificate } = requireRidge(await readArtefact(out))
    expect([set.method, set.training.originalRidge]).toEqual(['izzo-zou', 'all'])
    expect(certificate).toMatchObject({ holds: true, theorem: { id: 'every-ridge' } })
    expect((await retortHere(['verify', out, '--data', images, '--json'])).code).toBe(0)
  })
})

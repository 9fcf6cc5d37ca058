import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { retortHere } from './run-here.ts'
import { csvTable, idxFolder, writeFiles } from './small-data.ts'

let root = ''
let images = ''
let table = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-plans-'))
  images = writeFiles(join(root, 'images'), idxFolder({ gzip: false }))
  table = writeFiles(join(root, 'table'), {
    'train.csv': csvTable(150, 3, ['kind']),
    'test.csv': csvTable(40, 4, ['kind']),
  })
})
afterAll(() => rmSync(root, { recursive: true }))

async function json(...words: string[]) {
  const { code, stdout } = await retortHere([...words, '--json'])
  return { code, result: JSON.parse(stdout) }
}

const planned = async (data: string, ...flags: string[]) =>
  (await json('distill', data, '--dry-run', ...flags)).result.plan

const wide = ['--features', 'dense', '--width', '48']
const narrow = ['--features', 'dense', '--width', '12']
const search = ['--method', 'gauss-newton']
const sure = ['--method', 'maalouf']

describe.each([
  ['images, gauss-newton', 'images', [...search, ...wide]],
  ['a table with intercept, gauss-newton', 'table', [...search, ...narrow]],
  ['so many points, gauss-newton', 'table', [...search, ...narrow, '--points', '9']],
  ['images, maalouf', 'images', [...sure, ...wide]],
  ['images without features, maalouf', 'images', [...sure, '--points-from', 'gaussian']],
  ['a table with intercept, maalouf', 'table', [...sure, ...narrow, '--oversampling', '0.5']],
  ['so many points, maalouf', 'table', [...sure, ...narrow, '--points', '31']],
] as const)('the plan: %s', (_name, input, flags) => {
  it('has the points of the run, and its preconditions once W is fitted', async () => {
    const data = { images, table }[input]
    const plan = await planned(data, ...flags)
    const out = join(root, 'out')
    const run = await json('distill', data, ...flags, '--no-baselines', '--force', '-o', out)
    expect(run.code).toBe(0)
    expect(plan.points).toBe(run.result.points)
    const { settings } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))
    if (plan.method === 'gauss-newton') {
      expect([plan.fewest, plan.rank]).toEqual([settings.fewest, settings.rank])
    }
    const fitted = await json('advise', data, ...flags, '--fit')
    expect(fitted.code).toBe(0)
    expect({ ...fitted.result.plan, ...measured }).toEqual({ ...plan, ...measured })
    const { preconditions } = fitted.result.advice
    expect(preconditions.map(({ id }: { id: string }) => id)).toEqual(
      plan.preconditions.map(({ id }: { id: string }) => id),
    )
    expect(preconditions.every(({ holds }: { holds: boolean }) => holds)).toBe(true)
    expect(plan.preconditions.map(({ holds }: { holds: unknown }) => holds)).toEqual(
      plan.method === 'maalouf' ? [true] : ['unknown', true, true],
    )
  })
})

/** What depends on the speed of the machine. */
const measured = { seconds: 0, secondsPerStep: 0, searchSeconds: 0 }

describe('the plan of a search', () => {
  it('counts every step of every start for every number of points', async () => {
    const one = await planned(images, ...search, ...wide, '--points', '10')
    const { operationsPerStep, floatingPointOperations: all } = one
    expect(one).toMatchObject({ counts: [10], restarts: 25, steps: 300 })
    expect(all).toBe(25 * 300 * operationsPerStep)
    const budget = ['--restarts', '3', '--steps', '7']
    const few = await planned(images, ...search, ...wide, '--points', '10', ...budget)
    expect(few.floatingPointOperations).toBe(3 * 7 * operationsPerStep)
    const growing = await planned(images, ...search, ...wide, ...budget)
    const [first, second, ...more] = growing.counts
    expect([second, more.length > 0]).toEqual([Math.ceil(1.25 * first), true])
    let sum = 0
    for (const points of growing.counts) {
      const alone = await planned(images, ...search, ...wide, '--points', String(points))
      sum += 21 * alone.operationsPerStep
    }
    expect(growing.floatingPointOperations).toBeCloseTo(sum, 0)
    const shrunk = await planned(images, ...search, ...wide, '--points', '10', ...budget, '--shrink')
    expect(shrunk.fewest).toBeLessThan(9)
    expect(shrunk.floatingPointOperations).toBeGreaterThan(2 * few.floatingPointOperations)
  })

  it('grows with p and m, in operations and in memory', async () => {
    const of = (width: number, points: number) =>
      planned('glyphs:500', ...search, '--features', 'dense', '--width', `${width}`, '--points', `${points}`)
    const [small, wider, more] = [await of(900, 15), await of(1800, 15), await of(900, 30)]
    expect(small.step).toMatchObject({ dense: false, iterations: 600, jacobian: [8850, 15 * 784] })
    // An iteration: two products with the network for every point, and four with the basis of their features.
    const iteration = (m: number, p: number) => 2 * m * 2 * 784 * p + 8 * m * m * p + 4 * 10 * m * p
    expect(small.step.iteration).toBe(iteration(15, 900))
    expect(wider.step.iteration).toBe(2 * small.step.iteration)
    expect(more.step.iteration - 2 * small.step.iteration).toBe(8 * 2 * 15 ** 2 * 900)
    expect(wider.memoryBytes).toBeGreaterThan(small.memoryBytes)
    expect(more.memoryBytes).toBeGreaterThan(small.memoryBytes)
  })

  it('leaves open what a smaller rank of W may allow, and ends with 4 where nothing can be found', async () => {
    const few = await json('advise', images, ...search, ...wide, '--points', '4')
    expect(few.code).toBe(0)
    const [, , count] = few.result.plan.preconditions
    expect(count).toMatchObject({ holds: 'unknown', measured: 4 })
    expect(few.result.plan.fewest).toBeGreaterThan(4)
    expect((await json('advise', images, ...search, ...wide, '--points', '4', '--fit')).code).toBe(4)
    const kinks = await json('advise', images, ...search, '--features', 'coupling')
    expect(kinks.code).toBe(4)
    expect((await json('advise', images, ...search)).result.error.code).toBe('usage/no-features')
    const { stdout } = await retortHere(['advise', images, ...search, ...wide, '--seconds', '30'])
    expect(stdout).toContain('--seconds ends it after 30 s')
    expect(stdout).toContain('r = rank(W) ≤ 4')
    expect(stdout).not.toContain('one-hot')
  })
})

describe('the plan of maalouf', () => {
  it('grows with the cube of p, and ends with 4 below p', async () => {
    const of = (width: number) =>
      planned(images, ...sure, '--features', 'dense', '--width', String(width), '--oversampling', '0')
    const [small, large] = [await of(400), await of(800)]
    expect([small.points, large.points]).toEqual([400, 800])
    expect(large.floatingPointOperations / small.floatingPointOperations).toBeGreaterThan(7.8)
    expect(large.floatingPointOperations / small.floatingPointOperations).toBeLessThan(8)
    expect(large.memoryBytes).toBeGreaterThan(small.memoryBytes)
    const few = await json('advise', images, ...sure, ...wide, '--points', '40')
    expect([few.code, few.result.plan.fewest]).toEqual([4, 48])
    const { stdout } = await retortHere(['advise', images, ...sure, ...wide, '--points-from', 'k-means'])
    expect(stdout).toContain('49 points, real examples chosen by k-means')
    expect(stdout).not.toContain('one-hot')
  })
})

it('writes nothing', () => {
  expect(readdirSync(root).toSorted()).toEqual(['images', 'out', 'table'])
})

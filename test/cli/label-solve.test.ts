import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { relativeError } from '#core/matrix'
import { readArtefact } from '#artefact/read'
import { retortHere } from './run-here.ts'
import { csvTable, idxFolder, writeFiles } from './small-data.ts'

let root = ''
let images = ''
let table = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-label-solve-'))
  images = writeFiles(join(root, 'images'), idxFolder({ gzip: false }))
  table = join(writeFiles(join(root, 'table'), { 'a.csv': csvTable(150, 31, ['kind']) }), 'a.csv')
})
afterAll(() => rmSync(root, { recursive: true }))

async function distil(name: string, data: string, flags: readonly string[]) {
  const folder = join(root, name)
  const words = [
    'distill',
    data,
    '--method',
    'label-solve',
    '-o',
    folder,
    '--json',
    '--no-baselines',
    ...flags,
  ]
  const { code, stdout, stderr } = await retortHere(words)
  return { folder, code, stderr, result: stdout === '' ? undefined : JSON.parse(stdout) }
}

async function verified(folder: string, data: string) {
  const { code, stdout } = await retortHere(['verify', folder, '--data', data, '--json'])
  return { code, ok: JSON.parse(stdout).ok }
}

test.each([
  ['the inputs', ['--points', '40', '--points-from', 'gaussian', '--storage', 'float64']],
  ['a map', ['--features', 'dense', '--width', '12', '--points', '20', '--storage', 'float64']],
  [
    'λ_S',
    ['--points', '40', '--points-from', 'gaussian', '--ridge-distilled', '0.5', '--storage', 'float64'],
  ],
])('as many points as features are exact and say so: %s', async (name, flags) => {
  const { folder, code, result } = await distil(`exact ${name}`, images, flags)
  expect(code).toBe(0)
  expect(result).toMatchObject({ method: 'ridge-label-solve', holds: true })
  expect(result.relativeError).toBeLessThan(1e-8)
  const { certificate } = await readArtefact(folder)
  expect(certificate).toMatchObject({ theorem: { id: 'label-solve' } })
  expect(certificate.claim).toContain(' gives the model W ')
  expect(await verified(folder, images)).toEqual({ code: 0, ok: true })
})

test.each(['real', 'herding', 'k-means', 'k-center'])(
  'few %s examples are certified as near as labels can come',
  async (from) => {
    const { folder, code, result } = await distil(`few ${from}`, images, [
      '--ipc',
      '2',
      '--points-from',
      from,
    ])
    expect(code).toBe(0)
    expect(result).toMatchObject({ holds: true, points: 8 })
    expect(result.relativeError).toBeGreaterThan(0.01)
    const { certificate, set } = await readArtefact(folder)
    expect(certificate).toMatchObject({ theorem: { id: 'labels-projection' } })
    expect(certificate.claim).toMatch(/approximates .* as well as any labels on these points/)
    expect(certificate.preconditions[0]).toMatchObject({ id: 'points-span-model', holds: false })
    expect([...(set.classes ?? [])].sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3])
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain('real training examples as they are')
    expect(await verified(folder, images)).toEqual({ code: 0, ok: true })
  },
)

test('columns with an intercept', async () => {
  const { folder, code } = await distil('columns', table, ['--ipc', '2'])
  expect(code).toBe(0)
  expect(await verified(folder, table)).toEqual({ code: 0, ok: true })
})

test('the points of an earlier set are labelled for another λ, another preprocessing and another map', async () => {
  const first = join(root, 'first')
  await retortHere(['distill', images, '-o', first, '--quiet', '--ipc', '3', '--storage', 'float64'])
  const { set: earlier } = await readArtefact(first)
  for (const [name, flags] of [
    ['another λ', ['--ridge', '77', '--storage', 'float64']],
    ['another preprocessing', ['--preprocessing', 'unit', '--storage', 'float64']],
    ['another map', ['--features', 'dense', '--storage', 'float64']],
  ] as const) {
    const { folder, code } = await distil(name, images, ['--reuse', first, ...flags])
    expect(code).toBe(0)
    const { set } = await readArtefact(folder)
    expect(set).toMatchObject({ options: { pointsFrom: 'given', points: 12 } })
    if (name === 'another λ') expect(relativeError(set.points, earlier.points)).toBeLessThan(1e-14)
    expect(await verified(folder, images)).toEqual({ code: 0, ok: true })
  }
  const refused = await distil('refused', table, ['--reuse', first])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('usage/reuse')
})

test('the bound is what the span of the points misses of W and rounding', async () => {
  const { folder } = await distil('bound', images, ['--ipc', '2'])
  const { certificate } = await readArtefact(folder)
  if (certificate.kind !== 'ridge') throw new Error('expected a ridge certificate')
  const [{ measured }] = certificate.preconditions
  expect(certificate.tolerance).toBeCloseTo(Number(measured) + 1e-5, 9)
})

test('advise measures the span before anything is made', async () => {
  const { code, stdout } = await retortHere([
    ...['advise', images, '--method', 'label-solve', '--ipc', '2', '--fit', '--json'],
  ])
  const { advice } = JSON.parse(stdout)
  expect(code).toBe(4)
  expect(advice.preconditions.map(({ id }: { id: string }) => id)).toEqual([
    'enough-for-every-model',
    'points-span-model',
  ])
})

test('flags of the kernel ask for --kernel', async () => {
  const { code, stderr } = await distil('kernel flag', images, ['--kernel-depth', '2'])
  expect(code).toBe(2)
  expect(stderr).toContain('label-solve with --kernel')
})

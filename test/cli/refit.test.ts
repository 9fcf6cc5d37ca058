import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { relativeError } from '#core/matrix'
import { readArtefact } from '#artefact/read'
import { retortHere } from './run-here.ts'
import { idxFolder, writeFiles } from './small-data.ts'

let root = ''
let images = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-refit-'))
  images = writeFiles(join(root, 'images'), idxFolder({ gzip: false }))
})
afterAll(() => rmSync(root, { recursive: true }))

async function distil(name: string, flags: readonly string[]) {
  const folder = join(root, name)
  const words = [
    'distill',
    images,
    '-o',
    folder,
    '--json',
    '--no-baselines',
    '--storage',
    'float64',
    ...flags,
  ]
  const { code, stdout } = await retortHere(words)
  expect(code).toBe(0)
  const set = await readArtefact(folder)
  return { folder, result: JSON.parse(stdout), artefact: set }
}

test.each([
  ['on the inputs', ['--hold-out', '0.3']],
  ['on features', ['--hold-out', '0.3', '--features', 'dense', '--width', '20']],
])('W leaves out what chose λ where it is not fitted again: %s', async (name, flags) => {
  const all = await distil(`all ${name}`, flags)
  const part = await distil(`part ${name}`, [...flags, '--no-refit'])
  // The same λ, chosen on the same examples, and another W.
  expect(part.result.ridge).toBe(all.result.ridge)
  const [first, second] = [all, part].map(({ artefact }) => artefact.set.training)
  if (first.kind !== 'ridge' || second.kind !== 'ridge') throw new Error('no ridge regression')
  expect(relativeError(second.weight, first.weight)).toBeGreaterThan(1e-4)
  for (const { folder, refitted } of [
    { folder: all.folder, refitted: true },
    { folder: part.folder, refitted: false },
  ]) {
    const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
    expect(run).toMatchObject({ settings: { refit: refitted } })
    const { code, stdout } = await retortHere(['verify', folder, '--data', images, '--json'])
    expect([code, JSON.parse(stdout).ok]).toEqual([0, true])
  }
})

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256Hex } from '#core/hash'
import { ProviderUnavailable } from '#linalg/provider'
import { createNativeBlas } from '#linalg/native/provider'
import { createWasmBlas } from '#linalg/wasm/provider'
import { retort } from './run.ts'
import { retortHere } from './run-here.ts'
import { csvTable, pictureFolder, writeFiles } from './small-data.ts'

let root = ''
let pictures = ''
let table = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-reproducible-'))
  pictures = writeFiles(join(root, 'pictures'), pictureFolder())
  table = writeFiles(join(root, 'table'), { 'table.csv': csvTable(150, 41, ['kind']) })
})
afterAll(() => rmSync(root, { recursive: true }))

/** Hash of each file of a folder by name. */
function hashesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort()
  return Object.fromEntries(names.map((name) => [name, sha256Hex(readFileSync(join(folder, name)))]))
}

async function availability(create: () => Promise<{ close(): Promise<void> }>): Promise<string | undefined> {
  try {
    await (await create()).close()
    return undefined
  } catch (error) {
    if (error instanceof ProviderUnavailable) return error.message
    throw error
  }
}

const providers = [
  { blas: 'native', missing: await availability(() => createNativeBlas({ threads: 1 })) },
  { blas: 'wasm', missing: await availability(() => createWasmBlas({ threads: 1 })) },
]

describe.each(providers)('with --blas $blas', ({ blas, missing }) => {
  describe.skipIf(missing !== undefined)(missing ?? 'the same command', () => {
    test.each([
      ['glyphs', () => 'glyphs:600,test=100', ['--ridge', '10', '--no-baselines']],
      ['pictures', () => pictures, ['--variant', 'realistic', '--ipc', '2']],
      ['a table', () => table, ['--points', '8', '--seed', '3', '--ridge-distilled', '0.01']],
    ])('on %s writes the same bytes, whatever the output and the directory', async (name, input, flags) => {
      const elsewhere = join(root, `elsewhere-${blas}-${name}`)
      mkdirSync(elsewhere)
      const runs = [
        { out: join(root, `${blas}-${name}`), cwd: undefined },
        { out: 'quite another name', cwd: elsewhere },
      ]
      const outcomes = await Promise.all(
        runs.map(({ out, cwd }) =>
          retort(['distill', input(), '-o', out, '--blas', blas, '--threads', '2', ...flags], { cwd }),
        ),
      )
      expect(outcomes.map(({ code }) => code)).toEqual([0, 0])
      const [first, second] = runs.map(({ out, cwd }) => hashesOf(resolve(cwd ?? '', out)))
      expect(Object.keys(first)).toHaveLength(7)
      expect(second).toEqual(first)
    })
  })
})

test('no file tells of the machine: folder, user or host', async () => {
  const out = join(root, 'private')
  expect((await retortHere(['distill', table, '-o', out])).code).toBe(0)
  for (const name of readdirSync(out)) {
    const text = readFileSync(join(out, name), 'latin1')
    expect(text.includes(root), name).toBe(false)
    expect(text.includes(tmpdir() + '/'), name).toBe(false)
    expect(text.includes(process.cwd()), name).toBe(false)
  }
})

test('--timings writes what it took, and only then do reruns differ', async () => {
  const outs = ['timed-1', 'timed-2'].map((name) => join(root, name))
  for (const out of outs) expect((await retortHere(['distill', table, '-o', out, '--timings'])).code).toBe(0)
  const [first, second] = outs.map(hashesOf)
  expect(second['run.json']).not.toBe(first['run.json'])
  expect(second['distilled.safetensors']).toBe(first['distilled.safetensors'])
  const run = JSON.parse(readFileSync(join(outs[0], 'run.json'), 'utf8'))
  expect(run.timings.seconds.statistics).toBeGreaterThan(0)
})

test('another seed gives other points', async () => {
  const outs = ['0', '1'].map((seed) => join(root, `seed-${seed}`))
  for (const [seed, out] of outs.entries()) {
    const { code } = await retortHere(['distill', table, '-o', out, '--seed', String(seed), '--points', '9'])
    expect(code).toBe(0)
  }
  const [first, second] = outs.map(hashesOf)
  expect(second['distilled.safetensors']).not.toBe(first['distilled.safetensors'])
})

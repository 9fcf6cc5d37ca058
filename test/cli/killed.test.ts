import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomStream } from '#core/random'
import { retort, startRetort } from './run.ts'
import { retortHere } from './run-here.ts'
import { idxFolder, writeFiles } from './small-data.ts'

let root = ''
let data = ''
let place = ''
let out = ''
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'retort-killed-'))
  data = writeFiles(join(root, 'data'), idxFolder({ gzip: false }))
  place = join(root, 'place')
  out = join(place, 'out')
  expect((await retortHere(distill(0))).code).toBe(0)
})
afterAll(() => rmSync(root, { recursive: true }))

const distill = (seed: number) => ['distill', data, '-o', out, '--seed', String(seed), '--points', '40']

const random = randomStream(1, 'kill')

/** Kills a run some time after its start, or after it began to write; whether it was still running. */
async function killed(
  words: readonly string[],
  moment: 'start' | 'writing',
  milliseconds: number,
): Promise<boolean> {
  const before = readdirSync(place)
  const { child, outcome } = startRetort(words)
  const writes = () => readdirSync(place).some((name) => !before.includes(name))
  while (moment === 'writing' && child.exitCode === null && !writes()) await pause(1)
  await pause(milliseconds)
  child.kill('SIGKILL')
  return (await outcome).code === 137
}

const seedOfArtefact = (): number => JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).seed

async function expectWhole(seeds: readonly number[]): Promise<void> {
  const verdict = await retortHere(['verify', out, '--json'])
  expect({ code: verdict.code, out: verdict.stdout }).toEqual({ code: 0, out: expect.any(String) })
  expect(seeds).toContain(seedOfArtefact())
}

test.each([
  ['start', 500],
  ['writing', 60],
] as const)('killed with -9 after its %s, the old or the new artefact is whole', async (moment, spread) => {
  let hits = 0
  for (let seed = 1; seed <= 6; seed++) {
    const earlier = seedOfArtefact()
    hits += Number(await killed(distill(seed), moment, spread * random.uniform()))
    await expectWhole([earlier, seed])
  }
  expect(hits).toBeGreaterThan(0)
  expect((await retort(distill(7))).code).toBe(0)
  await expectWhole([7])
  expect(readdirSync(place)).toEqual(['out'])
})

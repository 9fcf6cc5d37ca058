import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256Hex } from '#core/hash'
import type { Running } from './run.ts'
import { retort, startRetort } from './run.ts'

let root = ''
const map = ['--features', 'dense', '--width', '30', '--preprocessing', 'none']
const search = ['--method', 'gauss-newton', '--points', '11', '--shrink', '--restarts', '1', '--no-baselines']
const words = (out: string) => [
  'distill',
  'glyphs:300,test=3000',
  ...[...map, ...search, '--jsonl', '-o', join(root, out)],
]

let steps = 0
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'retort-search-'))
  const { code, stdout } = await retort(words('whole'))
  expect(code).toBe(0)
  steps = Math.max(...stepsOf(stdout))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const names = () => readdirSync(root).toSorted()
const hashes = (folder: string) =>
  Object.fromEntries(
    readdirSync(join(root, folder)).map((name) => [name, sha256Hex(readFileSync(join(root, folder, name)))]),
  )

/** Numbers of finished steps that the events of a run tell. */
function stepsOf(events: string): number[] {
  return [...events.matchAll(/"stage":"search [^"]*","done":(\d+)/g)].map(([, done]) => Number(done))
}

/** Presses Ctrl-C once the events of the run have come so far. */
async function stopped({ child, outcome }: Running, enough: (events: string) => boolean) {
  let text = ''
  let pressed = false
  child.stdout?.on('data', (chunk) => {
    text += chunk
    if (pressed || !enough(text)) return
    pressed = true
    child.kill('SIGINT')
  })
  const { code, stdout, stderr } = await outcome
  expect({ code, stderr }).toMatchObject({
    code: 130,
    stderr: expect.stringContaining('Run the same command'),
  })
  return stepsOf(stdout)
}

test('a search goes on after Ctrl-C, thrice, to the bytes of one that was not stopped', async () => {
  expect(steps).toBeGreaterThan(20)
  let reached = 0
  for (const enough of [3, 14]) {
    const done = await stopped(
      startRetort(words('parts')),
      (events) => Math.max(...stepsOf(events)) >= enough,
    )
    expect(done[0]).toBe(reached + 1)
    expect(names()).toEqual(['parts.retort-steps', 'whole'])
    reached = Math.max(...done)
  }
  // What comes after the search may be stopped as well: its last step alone is taken again.
  await stopped(startRetort(words('parts')), (events) => events.includes('"stage":"guarantee"'))
  expect(names()).toEqual(['parts.retort-steps', 'whole'])
  const { code, stdout } = await retort(words('parts'))
  expect([code, stepsOf(stdout)]).toEqual([0, [steps]])
  expect(names()).toEqual(['parts', 'whole'])
  expect(hashes('parts')).toEqual(hashes('whole'))
})

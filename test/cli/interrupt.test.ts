import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomStream } from '#core/random'
import { npyFile } from '../data/fixtures.ts'
import type { Running } from './run.ts'
import { startRetort } from './run.ts'
import { retortHere } from './run-here.ts'
import { writeFiles } from './small-data.ts'

let root = ''
let earlier = ''
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'retort-interrupt-'))
  earlier = join(root, 'earlier')
  expect((await retortHere(['distill', 'glyphs:300,test=100', '-o', earlier])).code).toBe(0)
})
afterAll(() => rmSync(root, { recursive: true }))

function emptyPlace(name: string): string {
  const place = join(root, name)
  mkdirSync(place)
  return place
}

/** Resolves once the run has reported some examples of its pass. */
function counting({ child }: Running): Promise<void> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (/"stage":"statistics","done":[1-9]/.test(text)) resolve()
    })
  })
}

/** Seconds from a signal to the end of the run. */
async function stopped({ child, outcome }: Running, signal: NodeJS.Signals) {
  const begin = performance.now()
  child.kill(signal)
  const result = await outcome
  return { ...result, seconds: (performance.now() - begin) / 1000 }
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s during a long pass: exit 130 within 2 s, a message, nothing half-written',
  async (signal) => {
    const place = emptyPlace(signal)
    const run = startRetort(['statistics', 'glyphs:500000', '-o', join(place, 'part'), '--jsonl'])
    await counting(run)
    const { code, stderr, seconds } = await stopped(run, signal)
    expect(code).toBe(130)
    expect(seconds).toBeLessThan(2)
    expect(stderr).toContain('Stopping; press Ctrl-C again to exit at once.')
    expect(stderr).toContain('error interrupted/stopped')
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^ {2}→ Run the same command again/)
    expect(readdirSync(place)).toEqual([])
  },
)

test('a second Ctrl-C exits at once, even from the middle of a factorisation', async () => {
  const place = emptyPlace('twice')
  const [n, p] = [60, 3000]
  const random = randomStream(1, 'wide')
  const x = Float32Array.from({ length: n * p }, () => random.normal())
  const y = Uint8Array.from({ length: n }, (_, i) => i % 3)
  const data = { 'x.npy': npyFile('<f4', [n, p], x), 'y.npy': npyFile('|u1', [n], y) }
  const input = writeFiles(join(root, 'wide'), data)
  const run = startRetort(['distill', input, '-o', join(place, 'out'), '--jsonl'])
  await counting(run)
  await pause(1000)
  const noticed = new Promise((resolve) => run.child.stderr?.once('data', resolve))
  run.child.kill('SIGINT')
  await noticed
  const { code, seconds } = await stopped(run, 'SIGINT')
  expect(code).toBe(130)
  expect(seconds).toBeLessThan(1)
  expect(readdirSync(place)).toEqual([])
})

test('distill that is stopped leaves the earlier artefact and nothing else', async () => {
  const place = emptyPlace('distill')
  const out = join(place, 'out')
  cpSync(earlier, out, { recursive: true })
  const run = startRetort(['distill', 'glyphs:300000', '-o', out, '--jsonl'])
  await counting(run)
  const { code, seconds } = await stopped(run, 'SIGINT')
  expect(code).toBe(130)
  expect(seconds).toBeLessThan(2)
  expect(readdirSync(place)).toEqual(['out'])
  expect((await retortHere(['verify', out])).code).toBe(0)
})

test('a reader that leaves early (retort … | head) ends the run without a word', async () => {
  const run = startRetort(['distill', 'glyphs:2000,test=100', '-o', join(root, 'piped'), '--jsonl'])
  run.child.stdout?.once('data', () => run.child.stdout?.destroy())
  const { code, stderr } = await run.outcome
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

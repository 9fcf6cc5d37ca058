import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex } from '#core/hash'
import type { Running } from './run.ts'
import { retort, startRetort } from './run.ts'

let root = ''
const quick = ['--method', 'two-layer', '--rank', '1', '--width', '40', '--refinement-width', '40']
const settings = [...quick, '--refinement', '120', '--students', '4', '--no-baselines', '--jsonl']
const words = (out: string, more: readonly string[] = []) => [
  'distill',
  'multi-index:6000,d=30,r=1,seed=2,test=500',
  ...settings,
  ...['-o', join(root, out)],
  ...more,
]

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'retort-stopped-'))
  expect((await retort(words('whole'))).code).toBe(0)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const names = () => readdirSync(root).toSorted()
const hashes = (folder: string) =>
  Object.fromEntries(
    readdirSync(join(root, folder)).map((name) => [name, sha256Hex(readFileSync(join(root, folder, name)))]),
  )

/** Resolves once the run has taken that many steps. */
function stepped({ child }: Running, steps: number): Promise<void> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (stepsOf(text).some((done) => done >= steps)) resolve()
    })
  })
}

/** Numbers of finished steps that the events of a run tell. */
function stepsOf(events: string): number[] {
  return [...events.matchAll(/"done":(\d+),"total":\d+,"unit":"steps"/g)].map(([, done]) => Number(done))
}

describe('a two-layer distillation that is stopped', () => {
  it('goes on after Ctrl-C, twice, to the bytes of a run that was not stopped', async () => {
    let reached = 0
    for (const steps of [6, 40]) {
      const run = startRetort(words('parts'))
      await stepped(run, steps)
      run.child.kill('SIGINT')
      const { code, stdout, stderr } = await run.outcome
      expect({ code, stderr }).toMatchObject({
        code: 130,
        stderr: expect.stringContaining('Run the same command'),
      })
      expect(names()).toEqual(['parts.retort-steps', 'whole'])
      const done = stepsOf(stdout)
      expect(done[0]).toBe(reached + 1)
      reached = Math.max(...done)
    }
    const { code, stdout } = await retort(words('parts'))
    expect([code, stepsOf(stdout)[0]]).toEqual([0, reached + 1])
    expect(names()).toEqual(['parts', 'whole'])
    expect(hashes('parts')).toEqual(hashes('whole'))
  })

  it('takes nothing from a run of other settings, or from a damaged file', async () => {
    const run = startRetort(words('other'))
    await stepped(run, 6)
    run.child.kill('SIGINT')
    await run.outcome
    const file = join(root, 'other.retort-steps')
    const saved = readFileSync(file)
    const else_ = await retort(words('other', ['--seed', '9', '--refinement', '2']))
    expect([else_.code, stepsOf(else_.stdout)[0]]).toEqual([0, 1])
    expect(names()).not.toContain('other.retort-steps')

    for (const damaged of [saved.subarray(0, saved.length - 8), Buffer.from('no tensors')]) {
      writeFileSync(file, damaged)
      const { code, stdout } = await retort(words('other', ['--force']))
      expect([code, stepsOf(stdout)[0]]).toEqual([0, 1])
    }
    expect(hashes('other')).toEqual(hashes('whole'))
  })

  it('loses to a kill what came after the last saved state, and nothing of the result', async () => {
    const first = startRetort(words('killed'))
    await stepped(first, 30)
    first.child.kill('SIGINT')
    await first.outcome
    const second = startRetort(words('killed'))
    await stepped(second, 60)
    second.child.kill('SIGKILL')
    expect((await second.outcome).code).toBe(137)
    expect(names()).toContain('killed.retort-steps')
    const { code, stdout } = await retort(words('killed'))
    expect(code).toBe(0)
    expect(stepsOf(stdout)[0]).toBeGreaterThan(29)
    expect(hashes('killed')).toEqual(hashes('whole'))
  })
})

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { artefactFiles } from '#artefact/artefact-files'
import { retort } from './run.ts'
import { retortHere } from './run-here.ts'
import { idxFolder, writeFiles } from './small-data.ts'

const root = mkdtempSync(join(tmpdir(), 'retort-demo-'))
afterAll(() => rmSync(root, { recursive: true }))

test('demo distils, checks and names the next command, which works as printed', async () => {
  const { code, stdout } = await retort(['demo', '--examples', '2000'], { cwd: root })
  expect(code).toBe(0)
  expect(readdirSync(join(root, 'retort-demo')).sort()).toEqual(Object.keys(artefactFiles).sort())
  expect(stdout).toMatch(/10 images give the model of 2.000: /)
  expect(stdout).toMatch(/^The certificate holds: all \d+ checks passed\.$/m)
  const [, words = ''] = /^ {2}npx retort (verify .*)$/m.exec(stdout) ?? []
  expect(words).toContain('--data glyphs:2000,seed=0')
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^ {2}npx retort distill /)
  const next = await retort(words.split(' '), { cwd: root })
  expect(next.code).toBe(0)
  expect(next.stdout).toContain('these are the data that the set was made from')
})

test('demo --json is one object', async () => {
  const out = join(root, 'json')
  const { code, stdout } = await retortHere(['demo', '--examples', '1000', '-o', out, '--json'])
  expect(code).toBe(0)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ schemaVersion: 1, artefact: out, ok: true })
  expect(result.relativeError).toBeLessThanOrEqual(1e-5)
  expect(result.comparison).toHaveLength(6)
})

test('distill --dry-run and advise say what would be done, and write nothing', async () => {
  const dry = await retortHere(['distill', 'glyphs:1000', '-o', join(root, 'dry'), '--dry-run', '--json'])
  const advice = await retortHere(['advise', 'glyphs:1000', '--json'])
  expect([dry.code, advice.code]).toEqual([0, 0])
  const plan = {
    examples: 1000,
    inputSize: 784,
    targetSize: 10,
    intercept: false,
    preprocessing: 'channel',
    memoryBytes: expect.any(Number),
    seconds: expect.any(Number),
  }
  expect(JSON.parse(dry.stdout)).toMatchObject({ plan, settings: { output: join(root, 'dry') } })
  expect(JSON.parse(advice.stdout).plan).toMatchObject(plan)
  expect(JSON.parse(advice.stdout).plan.minimum).toContainEqual(
    expect.objectContaining({ labels: 'one-hot', points: 10 }),
  )
  expect(readdirSync(root)).not.toContain('dry')
})

test('advise --fit measures, and exits 4 where a precondition fails', async () => {
  const pictures = writeFiles(join(root, 'pictures'), idxFolder({ gzip: false }))
  const holds = await retortHere(['advise', pictures, '--fit', '--json'])
  expect(holds.code).toBe(0)
  const { advice } = JSON.parse(holds.stdout)
  expect(advice.weight).toMatchObject({ rows: 4, cols: 30, rank: 4 })
  expect(advice.errorByPoints.at(-1)).toBeLessThan(1e-6)
  const fails = await retortHere(['advise', pictures, '--fit', '--points', '3', '--json'])
  expect(fails.code).toBe(4)
})

test('inspect describes data and artefacts', async () => {
  const data = await retortHere(['inspect', 'glyphs:1000', '--json'])
  expect(JSON.parse(data.stdout)).toMatchObject({
    kind: 'image',
    train: 1000,
    test: 10_000,
    inputShape: [28, 28, 1],
  })
  const artefact = await retortHere(['inspect', join(root, 'json'), '--json'])
  expect(JSON.parse(artefact.stdout)).toMatchObject({ kind: 'artefact', points: 10, holds: true })
})

test('every verb explains itself, and its examples parse', async () => {
  const { verbTable, loadVerb } = await import('#cli/verbs')
  const { parseArguments } = await import('#cli/flags')
  for (const name of Object.keys(verbTable)) {
    const { code, stdout, stderr } = await retortHere([name, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`retort ${name}`)
    const { examples } = await loadVerb(name)
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      const [program, used, ...words] = example.split(' ')
      expect(program).toBe('retort')
      const verb = await loadVerb(used)
      expect(() => parseArguments(verb, words)).not.toThrow()
    }
  }
})

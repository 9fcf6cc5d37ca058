import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RidgeClaim } from '#core/certificate'
import type { RidgeSet } from '#core/distilled-set'
import { randomStream } from '#core/random'
import { artefactFiles, fileRecord, recordedFiles } from '#artefact/artefact-files'
import { encodeCertificate, sealCertificate } from '#artefact/certificate-file'
import { readArtefact, requireRidge } from '#artefact/read'
import { encodeTable } from '#artefact/set-table'
import { encodeSet } from '#artefact/set-tensors'
import { retort } from './run.ts'
import { retortHere } from './run-here.ts'
import { csvTable, idxFolder, writeFiles } from './small-data.ts'
import { ridgeClaimOf } from '../certify/ridge-claim.ts'

let root = ''
let data = ''
let original = ''
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'retort-verify-'))
  data = writeFiles(join(root, 'data'), { 'a.csv': csvTable(120, 31, ['kind']) })
  original = join(root, 'original')
  const { code } = await retortHere(['distill', data, '-o', original, '--points', '6'])
  expect(code).toBe(0)
})
afterAll(() => rmSync(root, { recursive: true }))

function copy(): string {
  const folder = join(root, 'copy')
  rmSync(folder, { recursive: true, force: true })
  cpSync(original, folder, { recursive: true })
  return folder
}

interface Check {
  name: string
  ok: boolean
  measured: number | string
  needed: string
}

async function verdictOf(folder: string, flags: readonly string[] = []) {
  const { code, stdout, stderr } = await retortHere(['verify', folder, '--json', ...flags])
  const verdict: { ok: boolean; relativeError: number | null; checks: Check[] } = JSON.parse(stdout)
  return { code, stderr, verdict, failed: verdict.checks.filter(({ ok }) => !ok).map(({ name }) => name) }
}

test('a sound artefact passes with exit 0 and one JSON object', async () => {
  const { code, stdout, stderr } = await retort(['verify', original, '--json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const verdict = JSON.parse(stdout)
  expect(Object.keys(verdict).sort()).toEqual(['checks', 'ok', 'relativeError', 'schemaVersion'])
  expect(verdict.ok).toBe(true)
  expect(verdict.relativeError).toBeLessThanOrEqual(1e-5)
  expect(verdict.checks.length).toBeGreaterThan(10)
  for (const check of verdict.checks) {
    expect(check).toEqual({
      name: expect.any(String),
      ok: true,
      measured: expect.anything(),
      needed: expect.any(String),
    })
  }
})

test('it passes wherever it is moved to', async () => {
  expect((await verdictOf(copy())).code).toBe(0)
})

describe.each(Object.keys(artefactFiles))('%s', (name) => {
  test('with any one bit changed fails with exit 4', async () => {
    const bytes = readFileSync(join(original, name))
    const random = randomStream(1, 'flips', name)
    for (let i = 0; i < 12; i++) {
      const folder = copy()
      const at = i === 0 ? 0 : i === 1 ? bytes.length - 1 : random.integer(bytes.length)
      const changed = Uint8Array.from(bytes)
      changed[at] ^= 1 << random.integer(8)
      writeFileSync(join(folder, name), changed)
      const { code, verdict, failed } = await verdictOf(folder)
      expect({ at, code, ok: verdict.ok }).toEqual({ at, code: 4, ok: false })
      expect(failed.some((check) => check.includes(name))).toBe(true)
    }
  })

  test('cut short, empty or missing fails with exit 4', async () => {
    const bytes = readFileSync(join(original, name))
    for (const length of [bytes.length - 1, bytes.length >> 1, 0, -1]) {
      const folder = copy()
      if (length < 0) rmSync(join(folder, name))
      else writeFileSync(join(folder, name), bytes.subarray(0, length))
      const { code, verdict } = await verdictOf(folder)
      expect({ length, code, ok: verdict.ok }).toEqual({ length, code: 4, ok: false })
    }
  })
})

test('a failed check is said in a plain sentence', async () => {
  const folder = copy()
  writeFileSync(join(folder, 'README.md'), 'other')
  const { code, stdout } = await retort(['verify', folder])
  expect(code).toBe(4)
  expect(stdout).toMatch(/^✗ README\.md is unchanged: 5 bytes/m)
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
    /^The certificate does not hold: 1 of \d+ checks failed\.$/,
  )
})

test('a file that does not belong there fails', async () => {
  const folder = copy()
  writeFileSync(join(folder, 'train.csv'), 'x')
  const { code, failed } = await verdictOf(folder)
  expect({ code, failed }).toEqual({
    code: 4,
    failed: ['the folder holds the files of an artefact and no others'],
  })
})

describe('a forger who writes all hashes anew', () => {
  async function forge(change: {
    set?: (set: RidgeSet) => RidgeSet
    table?: (set: RidgeSet) => RidgeSet
    claim?: (claim: RidgeClaim) => RidgeClaim
  }) {
    const folder = copy()
    const { set, storage, certificate } = requireRidge(await readArtefact(folder))
    const claim = ridgeClaimOf(certificate)
    const changed = change.set?.(set) ?? set
    writeFileSync(join(folder, 'distilled.safetensors'), encodeSet(changed, storage))
    writeFileSync(join(folder, 'train.parquet'), await encodeTable(change.table?.(set) ?? changed, storage))
    const files = Object.fromEntries(
      recordedFiles.map((name) => [name, fileRecord(readFileSync(join(folder, name)))]),
    )
    const sealed = sealCertificate(change.claim?.(claim) ?? claim, files)
    writeFileSync(join(folder, 'certificate.json'), encodeCertificate(sealed))
    return verdictOf(folder)
  }

  const withPoint = (factor: number) => (set: RidgeSet) => {
    const points = { ...set.points, data: set.points.data.slice() }
    points.data[7] *= factor
    return { ...set, points }
  }

  test('who changes nothing passes', async () => {
    expect(await forge({})).toMatchObject({ code: 0, failed: [] })
  })

  test('is caught with a number of the points changed', async () => {
    const { code, failed } = await forge({ set: withPoint(1.01) })
    expect(code).toBe(4)
    expect(failed).toContain('training on the points gives the stored model W')
  })

  test('is caught with a number changed in the table alone', async () => {
    const { code, failed } = await forge({ table: withPoint(1.000001) })
    expect({ code, failed }).toEqual({
      code: 4,
      failed: ['train.parquet holds the points and labels of distilled.safetensors'],
    })
  })

  test('is caught with a label changed', async () => {
    const { code, failed } = await forge({
      set: (set) => {
        const labels = { ...set.labels, data: set.labels.data.slice() }
        labels.data[0] += 0.001
        return { ...set, labels }
      },
    })
    expect(code).toBe(4)
    expect(failed).toContain('training on the points gives the stored model W')
  })

  test('is caught with W changed', async () => {
    const { code } = await forge({
      set: (set) => {
        const { training } = set
        const weight = { ...training.weight, data: training.weight.data.map((value) => value * 1.001) }
        return { ...set, training: { ...training, weight } }
      },
    })
    expect(code).toBe(4)
  })

  test('is caught with λ_S changed', async () => {
    const { code } = await forge({
      set: (set) => ({ ...set, training: { ...set.training, ridge: 0.5 } }),
    })
    expect(code).toBe(4)
  })

  test.each<[string, Partial<RidgeClaim>]>([
    ['a smaller error', { relativeError: 1e-15 }],
    ['another bound', { tolerance: 0.1 }],
    ['more examples', { examples: 1_000_000 }],
    ['another number of points', { points: 1 }],
    ['another condition number', { conditionNumbers: { points: 1, weight: 1 } }],
    ['no preconditions', { preconditions: [] }],
  ])('is caught claiming %s', async (_, claim) => {
    expect((await forge({ claim: (honest) => ({ ...honest, ...claim }) })).code).toBe(4)
  })
})

describe('--data', () => {
  test('with the right data confirms W', async () => {
    const { code, verdict } = await verdictOf(original, ['--data', data])
    expect(code).toBe(0)
    const names = verdict.checks.map(({ name }) => name)
    expect(names).toContain('these are the data that the set was made from')
    expect(names).toContain('W fitted on the data is the stored W')
  })

  test('with other data of the same shape fails with exit 4', async () => {
    const other = writeFiles(join(root, 'other'), { 'a.csv': csvTable(120, 32, ['kind']) })
    const { code, failed } = await verdictOf(original, ['--data', other])
    expect(code).toBe(4)
    expect(failed).toContain('these are the data that the set was made from')
    expect(failed).toContain('W fitted on the data is the stored W')
  })

  test('with one value of one row changed fails with exit 4', async () => {
    const text = csvTable(120, 31, ['kind']).replace(/\n(-?)(\d)/, (_, sign, digit) => `\n${sign}1${digit}`)
    const other = writeFiles(join(root, 'edited'), { 'a.csv': text })
    const { code, failed } = await verdictOf(original, ['--data', other])
    expect(code).toBe(4)
    expect(failed).toContain('these are the data that the set was made from')
  })

  test('with data of another shape fails with exit 4 and a plain sentence', async () => {
    const other = writeFiles(join(root, 'pictures'), idxFolder({ gzip: false }))
    const { code, stdout, stderr } = await retort(['verify', original, '--data', other])
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toMatch(/^error check\/other-data: The data have 6 × 5 × 1 inputs, 4 targets; /)
  })

  test('remembers the target and how the data were preprocessed', async () => {
    const houses = writeFiles(join(root, 'houses'), { 'houses.csv': csvTable(120, 33, ['price', 'rent']) })
    const out = join(root, 'houses-out')
    const flags = [
      '--target',
      'rent',
      '--ridge',
      '2.5',
      '--preprocessing',
      'zca',
      '--seed',
      '5',
      '--intercept',
      'no',
    ]
    expect((await retortHere(['distill', houses, '-o', out, ...flags])).code).toBe(0)
    expect((await verdictOf(out, ['--data', houses])).failed).toEqual([])
  })
})

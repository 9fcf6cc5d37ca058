import { mkdtemp, readFile, readdir, realpath, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RidgeClaim } from '#core/certificate'
import type { RidgeSet } from '#core/distilled-set'
import type { Comparison } from '#core/evaluation'
import { RetortError } from '#core/errors'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { ArtefactFile } from '#artefact/artefact-files'
import { artefactFiles, fileRecord } from '#artefact/artefact-files'
import { decodeCertificate, encodeCertificate, sealCertificate } from '#artefact/certificate-file'
import { readArtefact, readStored, requireRidge } from '#artefact/read'
import { decodeRun, encodeRun } from '#artefact/run-record'
import { encodeTable } from '#artefact/set-table'
import { encodeSet } from '#artefact/set-tensors'
import { stageArtefact } from '#artefact/stage'
import { certify } from '#certify/certify'
import type { Recomputed } from '#certify/data-checks'
import { checkFiles } from '#certify/folder-checks'
import { verifyArtefact } from '#certify/verify'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { description, imageSet, normals, regressionSet } from '../artefact/sets.ts'
import { ridgeClaimOf } from './ridge-claim.ts'

let blas: Blas
let base: string
let out: string
beforeAll(async () => {
  ;({ blas } = await chooseBlas())
  base = await realpath(await mkdtemp(join(tmpdir(), 'retort-verify-')))
})
afterAll(async () => {
  await rm(base, { recursive: true, force: true })
  await blas.close()
})

const testInputs = () => ({
  split: 'test' as const,
  batches: [{ start: 0, count: 50, inputs: normals(50, 36, 'inputs').data, targets: new Int32Array(50) }],
})

const comparison: Comparison = {
  split: 'test',
  rows: [
    {
      name: 'original',
      points: 60000,
      ridge: 1,
      score: { metric: 'accuracy', value: 0.5, n: 50, interval: [0.36, 0.64] },
    },
  ],
}

async function write(directory: string, set: RidgeSet, storage: 'float32' | 'float64'): Promise<void> {
  const isImage = set.inputShape.length === 3
  const run = description(isImage ? 'image' : 'vector')
  const staged = await stageArtefact(directory, { set, storage, run, blas, pixelRange: [0, 255] })
  const test = isImage ? testInputs() : undefined
  const { claim } = await certify(await staged.read(), { blas, test })
  await staged.addReport({ claim, ...(isImage && { comparison }) })
  await staged.commit(claim)
}

beforeEach(async () => {
  out = join(base, 'out')
  await rm(out, { recursive: true, force: true })
  await write(out, await imageSet(blas), 'float32')
})

const verify = (data?: () => Promise<Recomputed>) => verifyArtefact(out, { blas, data })

async function failures(data?: () => Promise<Recomputed>): Promise<string[]> {
  const { ok, checks } = await verify(data)
  const names = checks.filter((check) => !check.ok).map(({ name }) => name)
  expect(ok).toBe(names.length === 0)
  return names
}

/** What an attacker does: changes files, then makes hashes and digest right again. */
async function forge(
  changes: Partial<Record<ArtefactFile, Uint8Array>>,
  change: (claim: RidgeClaim) => RidgeClaim = (claim) => claim,
): Promise<void> {
  const path = join(out, 'certificate.json')
  const certificate = decodeCertificate(path, await readFile(path))
  for (const [name, bytes] of Object.entries(changes)) await writeFile(join(out, name), bytes)
  const records = Object.entries(changes).map(([name, bytes]) => [name, fileRecord(bytes)])
  const forged = sealCertificate(change(ridgeClaimOf(certificate)), {
    ...certificate.files,
    ...Object.fromEntries(records),
  })
  await writeFile(path, encodeCertificate(forged))
}

/** The same set with a change, forged into every file that holds it. */
async function forgeSet(change: (set: RidgeSet) => void): Promise<void> {
  const { set, storage } = requireRidge(await readStored(out))
  change(set)
  await forge({
    'distilled.safetensors': encodeSet(set, storage),
    'train.parquet': await encodeTable(set, storage),
  })
}

describe('a sound artefact', () => {
  test.each(['float32', 'float64'] as const)('passes every check as %s', async (storage) => {
    for (const set of [await imageSet(blas), regressionSet(), regressionSet(1, ['y'])]) {
      await write(out, set, storage)
      const { ok, relativeError, checks } = await verify()
      expect(checks.filter((check) => !check.ok)).toEqual([])
      expect(ok).toBe(true)
      expect(relativeError).toBeLessThan(storage === 'float32' ? 1e-6 : 1e-13)
      for (const { name, needed } of checks)
        expect([name.length > 10, needed.length > 0]).toEqual([true, true])
    }
  })

  test('stays sound with the hidden files of tools', async () => {
    await writeFile(join(out, '.gitattributes'), '*.parquet filter=lfs')
    expect(await failures()).toEqual([])
  })
})

describe('one changed byte is caught', () => {
  async function filesOf(): Promise<{ names: string[]; files: Map<ArtefactFile, Uint8Array> }> {
    const names = Object.keys(artefactFiles).filter((name): name is ArtefactFile => name in artefactFiles)
    const files = new Map<ArtefactFile, Uint8Array>()
    for (const name of names) files.set(name, await readFile(join(out, name)))
    return { names, files }
  }

  test.each(Object.keys(artefactFiles))('at every place of %s', async (changed) => {
    const { names, files } = await filesOf()
    expect(checkFiles(names, files).checks.every(({ ok }) => ok)).toBe(true)
    const bytes = [...files].find(([name]) => name === changed)![1]
    const random = randomStream(0, 'flip', changed)
    const positions =
      bytes.length < 6000 ? bytes.keys() : Array.from({ length: 3000 }, () => random.integer(bytes.length))
    const missed: number[] = []
    for (const position of positions) {
      const before = bytes[position]
      bytes[position] ^= 1 << random.integer(8)
      if (checkFiles(names, files).checks.every(({ ok }) => ok)) missed.push(position)
      bytes[position] = before
    }
    expect(missed).toEqual([])
  })

  test.each(Object.keys(artefactFiles))(
    'by the whole verification in %s, and longer and shorter too',
    async (name) => {
      const path = join(out, name)
      const bytes = await readFile(path)
      const flipped = Uint8Array.from(bytes, (byte, i) => (i === bytes.length >> 1 ? byte ^ 4 : byte))
      for (const content of [
        flipped,
        bytes.subarray(1),
        Buffer.concat([bytes, Buffer.from('\n')]),
        Buffer.alloc(0),
      ]) {
        await writeFile(path, content)
        expect((await verify()).ok).toBe(false)
      }
      await unlink(path)
      expect(await failures()).toContain('the folder holds the files of an artefact and no others')
      await writeFile(path, bytes)
      expect(await failures()).toEqual([])
    },
  )

  test('a file more is caught', async () => {
    await writeFile(join(out, 'model.pkl'), '')
    const { checks } = await verify()
    expect(checks[0]).toMatchObject({ ok: false, measured: 'not of the artefact: model.pkl' })
  })
})

describe('a change with hashes made right again is caught by what it says', () => {
  const gives = 'training on the points gives the stored model W'

  test('a point, a label, W, λ_S', async () => {
    await forgeSet(({ points }) => (points.data[40] += 0.01))
    expect(await failures()).toContain(gives)
    await write(out, await imageSet(blas), 'float32')
    await forgeSet(({ labels }) => (labels.data[3] = 0.01))
    expect(await failures()).toContain(gives)
    await write(out, await imageSet(blas), 'float32')
    // Within the bound for float32, and still not what is stated.
    await forgeSet(({ training }) => (training.weight.data[7] *= 1.0001))
    expect(await failures()).toContain('the stated relative error is right')
    await write(out, await imageSet(blas), 'float32')
    const { set, storage } = requireRidge(await readStored(out))
    const training = { ...set.training, ridge: 0.05 }
    await forge({ 'distilled.safetensors': encodeSet({ ...set, training }, storage) })
    expect(await failures()).toContain(gives)
  })

  test('a point or a class in the table alone', async () => {
    const { set, storage } = requireRidge(await readStored(out))
    const points = matrix(10, 36, set.points.data.slice())
    points.data[5] = Math.fround(points.data[5] * (1 + 2 ** -23))
    await forge({ 'train.parquet': await encodeTable({ ...set, points }, storage) })
    expect(await failures()).toEqual(['train.parquet holds the points and labels of distilled.safetensors'])
    const classes = Int32Array.from(set.classes ?? [], (index) => 9 - index)
    await forge({ 'train.parquet': await encodeTable({ ...set, classes }, storage) })
    const { checks } = await verify()
    expect(checks.find(({ ok }) => !ok)?.measured).toBe('the label of row 0 is nine, not zero')
    await forge({ 'train.parquet': await encodeTable(set, 'float64') })
    expect((await verify()).checks.find(({ ok }) => !ok)?.measured).toBe('values are float64, not float32')
    await forge({ 'train.parquet': await encodeTable({ ...set, classes: undefined }, storage) })
    expect((await verify()).checks.find(({ ok }) => !ok)?.measured).toBe('there are no labels')
  })

  test('a class everywhere', async () => {
    await forgeSet(({ classes }) => classes?.reverse())
    expect(await failures()).toEqual(['the label of every point is that of its class'])
  })

  test('the record of the run', async () => {
    const run = decodeRun('run.json', await readFile(join(out, 'run.json')))
    await forge({ 'run.json': encodeRun({ ...run, seed: 1, method: 'other' }) })
    expect(await failures()).toEqual(['run.json and certificate.json speak of this set'])
  })

  const changes: [string, (claim: RidgeClaim) => RidgeClaim, string][] = [
    ['the error', (claim) => ({ ...claim, relativeError: 1e-12 }), 'the stated relative error is right'],
    ['the bound', (claim) => ({ ...claim, tolerance: 1 }), 'the stated bound on the relative error is right'],
    [
      'the condition of the points',
      (claim) => ({ ...claim, conditionNumbers: { ...claim.conditionNumbers, points: 1 } }),
      'the stated condition number of the points is right',
    ],
    [
      'the condition of W',
      (claim) => ({ ...claim, conditionNumbers: { ...claim.conditionNumbers, weight: 1 } }),
      'the stated condition number of W is right',
    ],
    [
      'whether it holds',
      (claim) => ({ ...claim, holds: false }),
      'the certificate says that its claim holds',
    ],
    [
      'a precondition',
      (claim) => ({ ...claim, preconditions: claim.preconditions.map((one) => ({ ...one, measured: 99 })) }),
      'the stated preconditions are those measured now',
    ],
    [
      'a precondition left out',
      (claim) => ({ ...claim, preconditions: claim.preconditions.slice(1) }),
      'the stated preconditions are those measured now',
    ],
    [
      'the difference of the models',
      (claim) => ({ ...claim, guarantee: claim.guarantee && { ...claim.guarantee, largestDifference: 0 } }),
      'the stated largest difference of two rows of W is right',
    ],
    [
      'the inputs of the guarantee',
      (claim) => ({ ...claim, guarantee: claim.guarantee && { ...claim.guarantee, inputs: 60 } }),
      'the guarantee covers the inputs that were scored',
    ],
    [
      'the examples',
      (claim) => ({ ...claim, examples: 70000 }),
      'run.json and certificate.json speak of this set',
    ],
    [
      'the storage',
      (claim) => ({ ...claim, storage: 'float64' }),
      'run.json and certificate.json speak of this set',
    ],
    [
      'the provenance',
      (claim) => ({ ...claim, provenance: 'e' }),
      'run.json and certificate.json speak of this set',
    ],
  ]
  test.each(changes)('a number of the certificate: %s', async (_name, change, caught) => {
    await forge({}, change)
    expect(await failures()).toEqual([caught])
  })

  test('a certificate that records fewer files, or is spelt otherwise', async () => {
    const path = join(out, 'certificate.json')
    const certificate = decodeCertificate(path, await readFile(path))
    const { files } = certificate
    const claim = ridgeClaimOf(certificate)
    const { 'report.html': _left, ...fewer } = files
    await writeFile(path, encodeCertificate(sealCertificate(claim, fewer)))
    expect(await failures()).toEqual(['certificate.json is whole and unchanged', 'report.html is unchanged'])
    await writeFile(path, JSON.stringify(sealCertificate(claim, files)))
    const { checks } = await verify()
    expect(checks.filter(({ ok }) => !ok).map(({ measured }) => measured)).toEqual(['not canonical JSON'])
  })
})

describe('against the data', () => {
  const recomputed = async (change: Partial<Recomputed> = {}): Promise<Recomputed> => {
    const { set } = requireRidge(await readStored(out))
    const { training, provenance } = set
    return { model: training, provenance, examples: 60000, test: testInputs(), ...change }
  }

  test('what holds, holds', async () => {
    expect(await failures(() => recomputed())).toEqual([])
    const names = (await verify(() => recomputed())).checks.map(({ name }) => name)
    expect(names).toContain('W fitted on the data is the stored W')
    expect(names).toContain('as many predictions provably cannot differ as stated')
  })

  test('a W that is consistent within the folder but not that of the data', async () => {
    const { set } = requireRidge(await readStored(out))
    const model = {
      weight: matrix(
        10,
        36,
        set.training.weight.data.map((value) => value * (1 + 1e-7)),
      ),
      bias: set.training.bias,
    }
    expect(await failures(() => recomputed({ model }))).toEqual(['W fitted on the data is the stored W'])
    expect(await failures(() => recomputed({ model, tolerance: 1e-6 }))).toEqual([])
  })

  test('other data, fewer data, a guarantee that says too much', async () => {
    expect(await failures(() => recomputed({ provenance: 'f', examples: 5 }))).toEqual([
      'these are the data that the set was made from',
      'the data have as many training examples as stated',
    ])
    const near = matrix(50, 36)
    near.data.fill(0.4 * 78)
    const batches = [{ start: 0, count: 50, inputs: near.data, targets: new Int32Array(50) }]
    expect(await failures(() => recomputed({ test: { split: 'test', batches } }))).toEqual([
      'as many predictions provably cannot differ as stated',
    ])
  })

  test('a λ that the set does not serve', async () => {
    const { set } = requireRidge(await readStored(out))
    const others = [{ ...set.training, ridge: 5 }]
    expect(await failures(() => recomputed({ others }))).toContain(
      'training on the points gives the model of the data at λ = 5',
    )
  })

  test('what goes wrong with the data is not a verdict', async () => {
    const broken = async (): Promise<Recomputed> => {
      throw new RetortError({ code: 'data/truncated', message: 'cut off', hint: 'fetch again' })
    }
    await expect(verify(broken)).rejects.toThrow('cut off')
  })
})

describe('what is no artefact', () => {
  test('is an error, not a verdict', async () => {
    const empty = await mkdtemp(join(base, 'empty-'))
    for (const folder of [empty, join(base, 'nowhere'), join(out, 'run.json')]) {
      const failure = verifyArtefact(folder, { blas })
      await expect(failure).rejects.toMatchObject({ code: 'artefact/missing', exitCode: 3 })
    }
  })

  test('reading for use names what is missing or not what was certified', async () => {
    const certificate = ridgeClaimOf((await readArtefact(out)).certificate)
    await forge({}, () => ({ ...certificate, relativeError: 0 }))
    await expect(readArtefact(out)).resolves.toBeDefined()
    const bytes = await readFile(join(out, 'distilled.safetensors'))
    await writeFile(
      join(out, 'distilled.safetensors'),
      Uint8Array.from(bytes, (byte, i) => (i === 900 ? byte ^ 1 : byte)),
    )
    await expect(readArtefact(out)).rejects.toMatchObject({ code: 'artefact/corrupt', exitCode: 3 })
    await writeFile(join(out, 'certificate.json'), '{"schemaVersion": 2}')
    await expect(readArtefact(out)).rejects.toMatchObject({ code: 'artefact/schema' })
    await unlink(join(out, 'certificate.json'))
    await expect(readArtefact(out)).rejects.toMatchObject({ code: 'artefact/missing' })
    expect((await readdir(out)).length).toBe(6)
  })
})

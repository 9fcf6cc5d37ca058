import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { relativeError } from '#core/matrix'
import { fileRecord, recordedFiles } from '#artefact/artefact-files'
import { encodeCertificate, sealCertificate } from '#artefact/certificate-file'
import { readArtefact, requireRidge } from '#artefact/read'
import { encodeSet } from '#artefact/set-tensors'
import { encodeSafetensors } from '#data/formats/safetensors'
import { retortHere } from './run-here.ts'
import { csvTable, idxFolder, writeFiles } from './small-data.ts'
import { ridgeClaimOf } from '../certify/ridge-claim.ts'

let root = ''
let images = ''
let table = ''
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'retort-kernel-ridge-'))
  images = writeFiles(join(root, 'images'), idxFolder({ gzip: false }))
  table = join(writeFiles(join(root, 'table'), { 'a.csv': csvTable(150, 31, ['kind']) }), 'a.csv')
})
afterAll(() => rmSync(root, { recursive: true }))

async function distil(name: string, data: string, flags: readonly string[]) {
  const folder = join(root, name)
  const { code, stdout, stderr } = await retortHere([
    ...['distill', data, '-o', folder, '--json', '--no-baselines'],
    ...flags,
  ])
  return { folder, code, stderr, result: code === 0 ? JSON.parse(stdout) : undefined }
}

async function verify(folder: string, flags: readonly string[] = []) {
  const { code, stdout } = await retortHere(['verify', folder, '--json', ...flags])
  const { checks }: { checks: { name: string; ok: boolean }[] } = JSON.parse(stdout)
  return { code, failed: checks.filter(({ ok }) => !ok).map(({ name }) => name), count: checks.length }
}

const maps: readonly [string, readonly string[]][] = [
  ['dense', ['--features', 'dense']],
  ['two dense layers', ['--features', 'dense', '--depth', '2', '--slope', '0.3', '--bias']],
  ['fourier', ['--features', 'fourier', '--variance', '20']],
  ['conv', ['--features', 'conv', '--kernel-size', '2', '--stride', '1', '--channels', '1']],
  ['coupling', ['--features', 'coupling', '--stretch', '2']],
  ['linear-net', ['--features', 'linear-net', '--width', '40']],
]

describe.each(maps)('%s', (name, flags) => {
  test('distil, verify from the folder, verify from the data, evaluate', async () => {
    const { folder, code, result, stderr } = await distil(name, images, [...flags, '--storage', 'float64'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(result).toMatchObject({ method: 'kernel-ridge', holds: true, points: 4, tolerance: 1e-8 })
    expect(result.relativeError).toBeLessThan(1e-8)
    expect(result.accuracy.distilled).toBe(result.accuracy.original)
    expect(await verify(folder)).toMatchObject({ code: 0, failed: [] })
    expect(await verify(folder, ['--data', images])).toMatchObject({ code: 0, failed: [] })
    const evaluated = await retortHere(['evaluate', folder, '--data', images, '--json', '--no-baselines'])
    const [original, distilled] = JSON.parse(evaluated.stdout).rows
    expect(distilled.score).toEqual(original.score)
    expect(original.score.value).toBe(result.accuracy.original)
  })
})

test('columns with an intercept, float32, and every baseline behind the map', async () => {
  const folder = join(root, 'columns')
  const words = ['distill', table, '--features', 'dense', '--points', '6', '-o', folder, '--json']
  const { code, stdout } = await retortHere(words)
  expect(code).toBe(0)
  const result = JSON.parse(stdout)
  expect(result.relativeError).toBeLessThan(1e-4)
  expect(result.comparison.map((row: { name: string }) => row.name)).toContain('herding')
  expect(await verify(folder, ['--data', table])).toMatchObject({ code: 0, failed: [] })
})

test('a flipped bit in the weights of the map is caught, sealed anew or not', async () => {
  const { folder } = await distil('flip', images, ['--features', 'dense'])
  const damaged = join(root, 'damaged')
  cpSync(folder, damaged, { recursive: true })
  const path = join(damaged, 'distilled.safetensors')
  const bytes = readFileSync(path)
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString())
  const [first] = header['features.layer1.weight'].data_offsets
  bytes[8 + Number(bytes.readBigUInt64LE()) + first + 6] ^= 1
  writeFileSync(path, bytes)
  expect((await verify(damaged)).failed).toContain('distilled.safetensors is unchanged')

  const { set, storage } = requireRidge(await readArtefact(folder))
  const weight = set.features!.weights['layer1.weight']
  weight.data[3] *= 1.01
  writeFileSync(path, encodeSet(set, storage))
  const { certificate } = await readArtefact(folder)
  const files = recordedFiles.map((file) => [file, fileRecord(readFileSync(join(damaged, file)))])
  const sealed = sealCertificate(ridgeClaimOf(certificate), Object.fromEntries(files))
  writeFileSync(join(damaged, 'certificate.json'), encodeCertificate(sealed))
  const { code, failed } = await verify(damaged)
  expect(code).toBe(4)
  expect(failed).toContain('training on the points gives the stored model W')
})

test('the weights of one artefact make the map of another', async () => {
  const flags = ['--features', 'dense', '--width', '20', '--storage', 'float64']
  const one = await distil('one', images, [...flags, '--features-seed', '5'])
  const file = join(one.folder, 'distilled.safetensors')
  const other = await distil('other', images, [
    '--features',
    'dense',
    '--weights',
    file,
    '--storage',
    'float64',
  ])
  const weightOf = async (folder: string) => requireRidge(await readArtefact(folder)).set.training.weight
  expect(relativeError(await weightOf(other.folder), await weightOf(one.folder))).toBeLessThan(1e-12)
  expect(await verify(other.folder, ['--data', images])).toMatchObject({ code: 0, failed: [] })
})

test('weights of another shape are refused by the name of their file', async () => {
  const file = join(root, 'other-shape.safetensors')
  const tensor = { dtype: 'F64', shape: [2, 3], data: new Float64Array(6).fill(1) } as const
  writeFileSync(file, encodeSafetensors({ 'layer1.weight': tensor }, {}))
  const { stderr } = await distil('other-shape', images, ['--features', 'dense', '--weights', file])
  expect(stderr).toContain(`${file}: weights of feature map dense: layer1.weight is 2 × 3`)
  const layers = '[{"type":"dense","activation":"leaky-relu"}]'
  const network = ['--features', 'network', '--layers', layers, '--weights', file]
  expect((await distil('other-network', images, network)).stderr).toContain(`data/weights: ${file}: `)
})

test('flags that contradict one another are refused with what mends them', async () => {
  const refused = async (flags: readonly string[]) => (await distil('refused', images, flags)).stderr
  expect(await refused(['--method', 'ridge', '--features', 'dense'])).toMatch(
    /usage\/other-method.*--features/,
  )
  expect(await refused(['--method', 'kernel-ridge'])).toMatch(/--features dense/)
  expect(await refused(['--slope', '0.2'])).toMatch(/usage\/no-features/)
  expect(await refused(['--features', 'dense', '--variance', '3'])).toMatch(/config\/feature-map.*variance/)
  expect(await refused(['--features', 'dense', '--width', '40'])).toMatch(/usage\/not-onto/)
})

describe('advise', () => {
  const advise = async (flags: readonly string[]) => {
    const { code, stdout } = await retortHere(['advise', images, '--json', ...flags])
    return { code, ...JSON.parse(stdout) }
  }

  test('says that a map is onto, how well conditioned, and what keeps the set exact', async () => {
    const { code, plan } = await advise(['--features', 'dense', '--distribution', 'orthogonal'])
    expect(code).toBe(0)
    expect(plan.features).toMatchObject({ id: 'dense', featureSize: 30, storage: 'float32' })
    expect(plan.features.condition).toBeCloseTo(1, 6)
    expect(plan.features.minimum).toMatchObject([{ points: 4 }])
    const bad = await advise(['--features', 'dense', '--depth', '8'])
    expect(bad.plan.features.condition).toBeGreaterThan(1e4)
    expect(bad.plan.features.storage).toBe('float64')
  })

  test('counts the points that a map which is not onto needs, and those that are enough', async () => {
    const { plan } = await advise(['--features', 'dense', '--width', '60'])
    // ⌈k p / (d − 1 + k)⌉ for LeakyReLU without bias, k = 4, d = 30; and p.
    expect(plan.features.minimum).toMatchObject([{ points: Math.ceil(240 / 33) }, { points: 60 }])
    expect(plan.preconditions[0]).toMatchObject({ id: 'map-reaches-features', holds: false })
  })

  test('--fit measures W behind the map', async () => {
    const { code, advice } = await advise(['--features', 'dense', '--width', '20', '--fit'])
    expect(code).toBe(0)
    expect(advice.weight).toMatchObject({ rows: 4, cols: 20, rank: 4 })
    expect(advice.preconditions[0].id).toBe('map-reaches-features')
  })
})

test('the provenance names the very weights of the map, not only their shape', async () => {
  const first = await distil('weights-a', images, ['--features', 'dense', '--features-seed', '1'])
  const { set } = await readArtefact(first.folder)
  const file = join(root, 'weights.safetensors')
  const { 'layer1.weight': weight } = set.features!.weights
  const provenanceWith = async (name: string, factor: number) => {
    const data = Float64Array.from(weight.data, (value) => value * factor)
    const shape = [weight.rows, weight.cols]
    writeFileSync(file, encodeSafetensors({ 'layer1.weight': { dtype: 'F64', shape, data } }, {}))
    const { folder, stderr } = await distil(name, images, ['--features', 'dense', '--weights', file])
    expect(stderr).toBe('')
    return (await readArtefact(folder)).set.provenance
  }
  const own = await provenanceWith('weights-b', 1)
  expect(await provenanceWith('weights-c', 1)).toBe(own)
  expect(await provenanceWith('weights-d', 1.5)).not.toBe(own)
})

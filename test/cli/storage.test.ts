import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import type { Matrix } from '#core/matrix'
import { readArtefact } from '#artefact/read'
import { retortHere } from './run-here.ts'
import { csvTable, idxFolder, writeFiles } from './small-data.ts'

let root = ''
let images = ''
let table = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-storage-'))
  images = writeFiles(join(root, 'images'), idxFolder({ gzip: false }))
  table = join(writeFiles(join(root, 'table'), { 'a.csv': csvTable(150, 31, ['kind']) }), 'a.csv')
})
afterAll(() => rmSync(root, { recursive: true }))

async function distil(name: string, data: string, flags: readonly string[]) {
  const folder = join(root, name)
  const { code, stdout, stderr } = await retortHere([
    'distill',
    data,
    '-o',
    folder,
    '--json',
    '--no-baselines',
    ...flags,
  ])
  return { folder, code, stderr, result: stdout.trim() === '' ? undefined : JSON.parse(stdout) }
}

async function verified(folder: string, data: string) {
  const { code, stdout } = await retortHere(['verify', folder, '--data', data, '--json'])
  return { code, ok: JSON.parse(stdout).ok }
}

/** The bytes of the float64 values, little-endian. */
function hex({ data }: Matrix): string {
  const bytes = Buffer.alloc(8 * data.length)
  data.forEach((value, at) => bytes.writeDoubleLE(value, 8 * at))
  return bytes.toString('hex')
}

const grids = ['uint8', 'uint16'] as const

describe.each(grids)('--storage %s', (storage) => {
  test.each([
    ['the inputs', []],
    ['λ_S', ['--ridge-distilled', '0.001', '--label-encoding', 'soft']],
    ['a map', ['--features', 'dense', '--width', '12']],
    ['Fourier features', ['--features', 'fourier', '--width', '14']],
  ])('is exact again with as many points as features: %s', async (name, flags) => {
    const { folder, code, result, stderr } = await distil(`${storage} ${name}`, images, [
      ...['--points', '40', '--storage', storage],
      ...flags,
    ])
    expect(stderr).not.toContain('error')
    expect(code).toBe(0)
    expect(result).toMatchObject({ holds: true })
    expect(result.relativeError).toBeLessThan(name === 'the inputs' ? 1e-10 : 1e-8)
    const { set, storage: found, certificate } = await readArtefact(folder)
    expect(found).toBe(storage)
    expect(certificate).toMatchObject({ storage, theorem: { id: 'label-solve' } })
    const { errorRelabelled, errorWithOldLabels } = set.options
    expect(errorRelabelled).toBeLessThan(1e-8)
    expect(errorWithOldLabels).toBeGreaterThan(1e-7)
    expect(await verified(folder, images)).toEqual({ code: 0, ok: true })
  })

  it('claims no more than few points carry, and less is lost than with the old labels', async () => {
    const { folder, code, result } = await distil(`${storage} few`, images, ['--storage', storage])
    expect(code).toBe(0)
    const { set, certificate } = await readArtefact(folder)
    const { errorBeforeStorage, errorRelabelled, errorWithOldLabels } = set.options
    expect(result.relativeError).toBeGreaterThan(1e-9)
    expect(result.relativeError).toBeLessThanOrEqual(result.tolerance)
    expect(result.relativeError).toBeCloseTo(Number(errorRelabelled), 9)
    expect(Number(errorRelabelled)).toBeLessThanOrEqual(Number(errorWithOldLabels))
    expect(Number(errorBeforeStorage)).toBeLessThan(1e-10)
    expect(certificate).toMatchObject({ theorem: { id: 'labels-projection' } })
    expect(await verified(folder, images)).toEqual({ code: 0, ok: true })
  })

  it('serves a table with an intercept', async () => {
    const { folder, code, result } = await distil(`${storage} table`, table, [
      ...['--target', 'kind', '--points', '40', '--storage', storage],
    ])
    expect(code).toBe(0)
    expect(result.relativeError).toBeLessThan(1e-9)
    expect(await verified(folder, table)).toEqual({ code: 0, ok: true })
  })

  it('finds any byte of the grid or of the points that was changed', async () => {
    const { folder } = await distil(`${storage} forged`, images, ['--storage', storage])
    const path = join(folder, 'distilled.safetensors')
    const bytes = readFileSync(path)
    bytes[bytes.length - 1] ^= 1
    writeFileSync(path, bytes)
    const { code } = await retortHere(['verify', folder])
    expect(code).toBe(4)
  })

  it('is read by NumPy to the last bit', async (context) => {
    if (spawnSync('python3', ['-c', 'import numpy']).status !== 0) context.skip('Python has no NumPy here')
    const { folder } = await distil(`${storage} numpy`, images, ['--points', '40', '--storage', storage])
    const card = readFileSync(join(folder, 'README.md'), 'utf8')
    const script = card.match(/```python\n([\s\S]*?)```/)?.[1] ?? ''
    const file = join(root, 'card.py')
    const print = ['points', 'labels'].map((name) => `print(arrays["${name}"].astype("<f8").tobytes().hex())`)
    writeFileSync(file, [script, ...print].join('\n'))
    const { stdout, stderr, status } = spawnSync('python3', [file], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const { set } = await readArtefact(folder)
    const [points, labels] = stdout.trim().split('\n').slice(-2)
    expect(points).toBe(hex(set.points))
    expect(labels).toBe(hex(set.labels))
  })
})

test('the errors of every element type are told, and left out where they are not wanted', async () => {
  const { folder } = await distil('errors', images, ['--storage', 'float64'])
  const { run } = await readArtefact(folder)
  expect(run.storageErrors?.map(({ storage }) => storage)).toEqual([
    ...['float64', 'float32', 'float16', 'uint16', 'uint8'],
  ])
  const of = (storage: string) => run.storageErrors?.find((entry) => entry.storage === storage)?.error ?? NaN
  expect(of('float64')).toBeLessThan(1e-11)
  expect(of('float32')).toBeGreaterThan(of('float64'))
  expect(of('float16')).toBeGreaterThan(of('float32'))
  expect(of('uint8')).toBeGreaterThan(of('uint16'))
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('had the points been stored as')
  const silent = await distil('no errors', images, ['--storage-errors', 'no'])
  expect((await readArtefact(silent.folder)).run.storageErrors).toBeUndefined()
})

test.each([
  ['a set for every λ', ['--variant', 'd-set'], 'every λ'],
  ['izzo-zou', ['--method', 'izzo-zou'], 'every λ'],
  ['a kernel', ['--method', 'kip', '--kernel', 'rbf', '--steps', '1'], 'kip'],
])('integers are refused before anything is read: %s', async (_, flags, what) => {
  const { code, stderr } = await distil('refused', images, ['--storage', 'uint8', ...flags])
  expect(code).toBe(2)
  expect(stderr).toContain('usage/storage')
  expect(stderr).toContain(what)
})

test.each([
  ['float64', '0.0001', 1e-10, 2 ** -53],
  ['float32', '1000000', 1e-5, 2 ** -24],
  ['float32', '0.0001', 1e-5, Infinity],
])(
  'a set for every λ is held to what rounding leaves of W at the smallest of them, at most 0.001: %s, λ = %s',
  async (storage, ridge, exactness, unit) => {
    const flags = ['--variant', 'd-set', '--ridge', ridge, '--storage', storage]
    const { folder, code, result } = await distil(`d-set ${storage} ${ridge}`, images, flags)
    expect(code).toBe(0)
    const { set } = await readArtefact(folder)
    const square = set.points.data.reduce((sum, value) => sum + value * value, 0)
    const rounding = (8 * unit * square) / (Number(ridge) / 100)
    if (unit < 1) expect(rounding).toBeLessThan(1e-3)
    expect(result.tolerance / (exactness + Math.min(1e-3, rounding))).toBeCloseTo(1, 9)
    expect(await verified(folder, images)).toEqual({ code: 0, ok: true })
  },
)

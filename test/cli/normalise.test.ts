import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomStream } from '#core/random'
import { readArtefact } from '#artefact/read'
import { openDataset } from '#data/open'
import { preprocess } from '#data/preprocessing'
import { chooseBlas } from '#linalg/provider'
import { encodeNpy } from '#artefact/exports/npz'
import { retortHere } from './run-here.ts'
import { idxFile, npyFile } from '../data/fixtures.ts'
import { height, idxFolder, pictures, width, writeFiles } from './small-data.ts'

let root = ''
let images = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-normalise-'))
  images = writeFiles(join(root, 'images'), idxFolder({ gzip: false }))
})
afterAll(() => rmSync(root, { recursive: true }))

const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0

test.each([
  ['zca', []],
  ['channel', ['--variant', 'realistic', '--ipc', '2']],
  ['none', ['--features', 'dense']],
  ['zca', ['--features', 'dense', '--storage', 'float64']],
  ['zca', ['--method', 'kip', '--kernel', 'ntk', '--steps', '3', '--batch', '40']],
])('distilled with %s of normalised examples, verified from the data: %s', async (name, flags) => {
  const folder = join(root, [name, ...flags].join(' ').replaceAll(/\W+/g, '-'))
  const asked = ['--normalise', '--preprocessing', name, '--no-baselines', ...flags]
  const { code, stderr } = await retortHere(['distill', images, '-o', folder, '--quiet', ...asked])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { set } = await readArtefact(folder)
  expect(set.preprocessing).toMatchObject({ name, normalised: true })
  const { code: verified, stdout } = await retortHere(['verify', folder, '--data', images, '--json'])
  expect({ verified, ...JSON.parse(stdout) }).toMatchObject({ verified: 0, ok: true })
  expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(`(${name} of normalised examples)`)
})

describe('what is scored is normalised as well', () => {
  const size = height * width
  let raw = ''
  let normalised = ''
  beforeAll(() => {
    const random = randomStream(3, 'light')
    const files: [string, Uint8Array][] = []
    const vectors: [string, Uint8Array][] = []
    for (const [name, count, seed] of [
      ['train', 300, 1],
      ['test', 200, 2],
    ] as const) {
      const { pixels, labels } = pictures(count, seed)
      // Every picture in a light of its own.
      const lights = Array.from({ length: count }, () => [
        0.2 + 0.5 * random.uniform(),
        100 * random.uniform(),
      ])
      const lit = pixels.map((value, at) => {
        const [contrast, brightness] = lights[Math.floor(at / size)]
        return Math.round(contrast * value + brightness)
      })
      const prefix = name === 'test' ? 't10k' : name
      files.push(
        [`${prefix}-images-idx3-ubyte`, idxFile(8, [count, height, width], lit)],
        [`${prefix}-labels-idx1-ubyte`, idxFile(8, [count], labels)],
      )
      const alone = Float64Array.from(lit, (value, at) => {
        const start = at - (at % size)
        const own = [...lit.subarray(start, start + size)]
        const mean = own.reduce((sum, one) => sum + one, 0) / size
        return (value - mean) / Math.hypot(...own.map((one) => one - mean))
      })
      vectors.push(
        [`${name}-x.npy`, npyFile('<f8', [count, size], alone)],
        [`${name}-labels.npy`, npyFile('|u1', [count], labels)],
      )
    }
    raw = writeFiles(join(root, 'lit'), Object.fromEntries(files))
    normalised = writeFiles(join(root, 'alone'), Object.fromEntries(vectors))
  })

  test.each([
    ['the inputs', ['--storage', 'uint8']],
    ['features', ['--features', 'dense']],
    ['a kernel', ['--method', 'kip', '--kernel', 'rbf', '--steps', '2', '--batch', '40']],
  ])('as files of normalised examples are: %s', async (name, flags) => {
    const told = async (data: string, ...more: string[]) => {
      const folder = join(root, `${name} ${more.length}`)
      const linear = ['--preprocessing', 'none', '--intercept', 'no', '--ridge', '0.01', '--no-baselines']
      const asked = [...linear, '--ipc', '2', ...flags, ...more]
      const { code, stdout } = await retortHere(['distill', data, '-o', folder, '--json', ...asked])
      expect(code).toBe(0)
      const { certificate } = await readArtefact(folder)
      const guarantee = certificate.kind === 'ridge' ? certificate.guarantee : undefined
      return {
        rows: JSON.parse(stdout).comparison,
        certified: guarantee?.kind === 'class' && guarantee.certified,
      }
    }
    const found = await told(raw, '--normalise')
    expect(found).toEqual(await told(normalised))
    expect(found.rows[0].score.value).toBeGreaterThan(0.9)
  })
})

test('whitened examples have no correlations of their own scale: ZCA was measured on normalised ones', async () => {
  const folder = join(root, 'measured')
  await retortHere(['distill', images, '-o', folder, '--quiet', '--normalise', '--preprocessing', 'zca'])
  const { set } = await readArtefact(folder)
  if (set.preprocessing.name !== 'zca') throw new Error('expected zca')
  const dataset = await openDataset(images)
  const { count } = dataset.splits.train
  const { inputs } = await dataset.splits.train.at(Array.from({ length: count }, (_, i) => i))
  const size = inputs.length / count
  const { data } = await preprocess(inputs, count, size, { name: 'none', normalised: true })
  for (let j = 0; j < size; j++) {
    let mean = 0
    for (let i = 0; i < count; i++) mean += data[i * size + j] / count
    expect(set.preprocessing.mean[j]).toBeCloseTo(mean, 12)
  }
})

test.runIf(hasNumpy)('the lines of the card make the same inputs with NumPy', async () => {
  const folder = join(root, 'python')
  await retortHere(['distill', images, '-o', folder, '--quiet', '--normalise', '--preprocessing', 'zca'])
  const { set } = await readArtefact(folder)
  const card = readFileSync(join(folder, 'README.md'), 'utf8')
  const [train, , predict] = [...card.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code)
  const raw = Float64Array.from({ length: 90 }, (_, t) => (t < 30 ? 0.1 : (t * t) % 251))
  writeFileSync(join(root, 'raw.npy'), encodeNpy(raw, [3, 30]))
  const code = `${train}raw = np.load("../raw.npy")\n${predict}print(x.tolist())`
  const { stdout } = spawnSync('python3', ['-c', code], { cwd: folder, encoding: 'utf8' })
  const printed: unknown[] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '').flat()
  const { blas } = await chooseBlas()
  const expected = await preprocess(raw, 3, 30, set.preprocessing, blas)
  await blas.close()
  printed.forEach((value, t) => expect(value).toBeCloseTo(expected.data[t], 9))
})

test.each([
  ['--preprocessing', 'unit'],
  ['--mean', '0.1', '--std', '0.3'],
])('refuses %s %s beside it', async (...flags) => {
  const { code, stderr } = await retortHere([
    ...['distill', images, '-o', join(root, 'refused'), '--quiet', '--normalise', ...flags],
  ])
  expect(code).toBe(2)
  expect(stderr).toContain('exclude one another')
})

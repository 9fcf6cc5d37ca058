import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readArtefact } from '#artefact/read'
import { openDataset } from '#data/open'
import { preprocess } from '#data/preprocessing'
import { chooseBlas } from '#linalg/provider'
import { encodeNpy } from '#artefact/exports/npz'
import { retortHere } from './run-here.ts'
import { idxFolder, writeFiles } from './small-data.ts'

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

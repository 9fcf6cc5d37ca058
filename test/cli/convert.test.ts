import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { DistilledSet } from '#core/distilled-set'
import { readArtefact } from '#artefact/read'
import type { OpenOptions } from '#data/formats/format'
import { openDataset } from '#data/open'
import { undoPreprocessing } from '#data/preprocessing'
import { chooseBlas } from '#linalg/provider'
import { retort } from './run.ts'
import { retortHere } from './run-here.ts'
import { csvTable, inputNames, kindNames, pictureFolder, writeFiles } from './small-data.ts'

const root = mkdtempSync(join(tmpdir(), 'retort-convert-'))
afterAll(() => rmSync(root, { recursive: true }))
const place = (name: string) => join(root, name)

beforeAll(async () => {
  const table = writeFiles(place('table'), { 'table.csv': csvTable(150, 71, ['kind']) })
  const pictures = writeFiles(place('pictures'), pictureFolder())
  for (const storage of ['float32', 'float64']) {
    const words = ['distill', table, '-o', place(storage), '--storage', storage, '--points', '7']
    expect((await retortHere(words)).code).toBe(0)
  }
  const words = ['distill', pictures, '-o', place('images'), '--variant', 'realistic', '--ipc', '3']
  expect((await retortHere(words)).code).toBe(0)
})

async function converted(folder: string, output: string, flags: readonly string[] = []): Promise<string> {
  const words = ['convert', place(folder), '-o', place(output), '--json', ...flags]
  const { code, stdout, stderr } = await retortHere(words)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, output: place(output) })
  return place(output)
}

/** Everything that our own reader finds in a file: rows of inputs, and their targets. */
async function readAll(path: string, options: OpenOptions) {
  const dataset = await openDataset(path, options)
  const { count } = dataset.splits.train
  const { inputs, targets } = await dataset.splits.train.at(Array.from({ length: count }, (_, i) => i))
  return { dataset, count, inputs: [...inputs], targets: [...targets] }
}

function rowsOf(set: DistilledSet) {
  const { points, labels, classes } = set
  const beside = Array.from({ length: points.rows }, (_, i) => [
    ...points.data.subarray(i * points.cols, (i + 1) * points.cols),
    ...labels.data.subarray(i * labels.cols, (i + 1) * labels.cols),
  ])
  return {
    points: [...points.data],
    labels: [...labels.data],
    classes: [...(classes ?? [])],
    beside: beside.flat(),
  }
}

const labelNames = kindNames.map((name) => `y:${name}`)

describe.each(['float32', 'float64'])('vectors stored as %s come back number for number', (storage) => {
  test('from CSV, under the names of their columns', async () => {
    const path = await converted(storage, `${storage}.csv`)
    const options = { target: labelNames.join(','), targetKind: 'real' } as const
    const { dataset, inputs, targets } = await readAll(path, options)
    const { points, labels } = rowsOf((await readArtefact(place(storage))).set)
    expect(dataset.columns).toEqual(inputNames)
    expect(dataset.target.names).toEqual(labelNames)
    const stored = storage === 'float32' ? inputs.map(Math.fround) : inputs
    expect(stored).toEqual(points)
    expect(storage === 'float32' ? targets.map(Math.fround) : targets).toEqual(labels)
  })

  test('from NPZ', async () => {
    const path = await converted(storage, `${storage}.npz`)
    const { dataset, inputs, targets } = await readAll(path, {})
    const { points, labels } = rowsOf((await readArtefact(place(storage))).set)
    expect(dataset.elementType).toBe(storage)
    expect(inputs).toEqual(points)
    expect(targets).toEqual(labels)
  })

  test('from Parquet', async () => {
    const path = await converted(storage, `${storage}.parquet`)
    const { dataset, inputs, targets } = await readAll(path, {})
    const { beside, classes } = rowsOf((await readArtefact(place(storage))).set)
    expect(dataset.target).toEqual({ kind: 'class', names: kindNames })
    expect(inputs).toEqual(beside)
    expect(targets).toEqual(classes)
  })

  test('from safetensors', async () => {
    const path = await converted(storage, `${storage}.safetensors`)
    const { points, labels, classes } = rowsOf((await readArtefact(place(storage))).set)
    const soft = await readAll(path, { labels: 'labels' })
    expect(soft.inputs).toEqual(points)
    expect(soft.targets).toEqual(labels)
    expect((await readAll(path, { labels: 'classes' })).targets).toEqual(classes)
  })
})

test('pictures come back as the points without their preprocessing, to a grey level', async () => {
  const folder = await converted('images', 'images-png')
  const { set } = await readArtefact(place('images'))
  const { blas } = await chooseBlas()
  const raw = await undoPreprocessing(set.points, set.preprocessing, blas)
  await blas.close()
  const { dataset, count } = await readAll(folder, {})
  expect(dataset).toMatchObject({ inputShape: [6, 5, 3], target: { names: set.target.names } })
  expect(count).toBe(12)
  for (let i = 0; i < set.points.rows; i++) {
    const name = set.target.names[set.classes![i]]
    const { data, channels } = decode(readFileSync(join(folder, name, `${String(i).padStart(3, '0')}.png`)))
    expect(channels).toBe(3)
    const wanted = raw.data.subarray(i * 90, (i + 1) * 90)
    const worst = Math.max(...wanted.map((value, j) => Math.abs(Math.max(0, Math.min(255, value)) - data[j])))
    expect(worst).toBeLessThanOrEqual(0.51)
  }
})

describe('words', () => {
  test('--to beats the ending; an ending that names no format is refused', async () => {
    await converted('float32', 'points.dat', ['--to', 'csv'])
    expect(readFileSync(place('points.dat'), 'utf8')).toMatch(/^area,rooms,/)
    const { code, stderr } = await retort(['convert', place('float32'), '-o', place('points.xlsx')])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error usage\/unknown-format/)
    expect(existsSync(place('points.xlsx'))).toBe(false)
  })

  test('vectors are no pictures', async () => {
    const { code, stderr } = await retort(['convert', place('float32'), '-o', place('never')])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error usage\/no-pictures/)
  })

  test('the same conversion gives the same bytes on another day', async () => {
    for (const ending of ['npz', 'csv', 'parquet', 'safetensors']) {
      const first = await converted('float64', `one.${ending}`)
      vi.useFakeTimers({ toFake: ['Date'], now: new Date('2031-05-06') })
      const second = await converted('float64', `two.${ending}`).finally(() => vi.useRealTimers())
      expect(readFileSync(second).equals(readFileSync(first))).toBe(true)
    }
  })

  test('a folder of other files is not replaced by pictures', async () => {
    writeFiles(place('holiday'), { 'beach.jpg': 'x' })
    const { code, stderr } = await retort(['convert', place('images'), '-o', place('holiday')])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('usage/output-exists') })
    expect(readdirSync(place('holiday'))).toEqual(['beach.jpg'])
  })

  test('an artefact is not replaced by pictures of itself', async () => {
    const before = readdirSync(place('images'))
    const { code } = await retort(['convert', place('images'), '-o', place('images')])
    expect(code).toBe(2)
    expect(readdirSync(place('images'))).toEqual(before)
  })

  test('earlier pictures of the same points are', async () => {
    await converted('images', 'again')
    await converted('images', 'again')
    writeFiles(place('again'), { 'bar-0/100.png': 'x' })
    const { code } = await retort(['convert', place('images'), '-o', place('again')])
    expect(code).toBe(2)
    await converted('images', 'again', ['--force'])
    expect(existsSync(place('again/bar-0/100.png'))).toBe(false)
  })

  test.each([
    ['a table', 'float32', 'notes.csv'],
    ['arrays', 'float32', 'notes.npz'],
    ['pictures', 'images', 'notes'],
  ])('a file that is there is not replaced unasked by %s', async (_, folder, name) => {
    writeFileSync(place(name), 'mine')
    const { code, stderr } = await retortHere(['convert', place(folder), '-o', place(name)])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('error usage/output-exists'),
    })
    expect(readFileSync(place(name), 'utf8')).toBe('mine')
    if (name === 'notes') return
    expect(stderr).toContain('4 bytes')
    expect(stderr.trimEnd().split('\n').at(-1)).toContain('--force')
    await converted(folder, name, ['--force'])
    expect(readFileSync(place(name), 'utf8')).not.toBe('mine')
  })

  test('--force replaces no file of the artefact itself, and not the folder that it runs in', async () => {
    const before = readFileSync(place('images/run.json'), 'utf8')
    const inside = await retortHere([
      'convert',
      place('images'),
      '-o',
      place('images/run.json'),
      '--to',
      'csv',
      '--force',
    ])
    const whole = await retortHere(['convert', place('images'), '-o', place('images'), '--force'])
    mkdirSync(place('here'))
    const here = await retort(['convert', place('images'), '-o', '../here', '--force'], {
      cwd: place('here'),
    })
    for (const { code, stderr } of [inside, whole, here]) {
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('error usage/output-in-use'),
      })
    }
    expect(readFileSync(place('images/run.json'), 'utf8')).toBe(before)
  })
})

const hasNumPy = spawnSync('python3', ['-c', 'import numpy']).status === 0

describe.skipIf(!hasNumPy)('NumPy (needs python3 with NumPy)', () => {
  /** Opens both files with NumPy alone and trains on the points: prints ‖W_S − W‖/‖W‖ of each. */
  const script = `
import json, sys
import numpy as np
folder, npz = sys.argv[1:]
raw = open(folder + "/distilled.safetensors", "rb").read()
start = 8 + int.from_bytes(raw[:8], "little")
header = json.loads(raw[8:start])
header.pop("__metadata__")
kinds = {"F32": "<f4", "F64": "<f8", "I32": "<i4"}
tensors = {
    name: np.frombuffer(raw[start:], kinds[t["dtype"]], int(np.prod(t["shape"])), t["data_offsets"][0]).reshape(t["shape"])
    for name, t in header.items()
}
arrays = np.load(npz)
def error(x, y, weight, bias):
    x, y = x.astype(float), y.astype(float)
    w = (np.linalg.pinv(x - x.mean(0), rcond=1e-10) @ (y - y.mean(0))).T
    b = y.mean(0) - w @ x.mean(0)
    return np.hypot(np.linalg.norm(w - weight), np.linalg.norm(b - bias)) / np.hypot(np.linalg.norm(weight), np.linalg.norm(bias))
print(json.dumps([
    error(tensors["points"], tensors["labels"], tensors["model.weight"], tensors["model.bias"]),
    error(arrays["points"], arrays["labels"], arrays["weight"], arrays["bias"]),
    [sorted(arrays.files), str(arrays["points"].dtype), list(arrays["points"].shape)],
]))
`
  test.each([
    ['float32', 1e-5],
    ['float64', 1e-12],
  ])('gets W from the safetensors and the npz of %s points', async (storage, bound) => {
    writeFileSync(place('open.py'), script)
    const npz = await converted(storage, `numpy-${storage}.npz`)
    const { stdout, stderr } = spawnSync('python3', [place('open.py'), place(storage), npz], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const [fromTensors, fromNpz, about] = JSON.parse(stdout)
    expect(fromTensors).toBeLessThanOrEqual(bound)
    expect(fromNpz).toBeLessThanOrEqual(bound)
    const names = ['bias', 'classes', 'labels', 'points', 'ridge', 'scale', 'shift', 'weight']
    expect(about).toEqual([names, storage, [7, 5]])
  })
})

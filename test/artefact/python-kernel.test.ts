import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeNpy } from '#artefact/exports/npz'
import { readArtefact } from '#artefact/read'
import { openDataset } from '#data/open'
import { retortHere } from '../cli/run-here.ts'
import { csvTable, idxFolder, writeFiles } from '../cli/small-data.ts'

const hasNumPy = spawnSync('python3', ['-c', 'import numpy']).status === 0

describe.skipIf(!hasNumPy)('Python trains kernel regression from the card (needs python3 with NumPy)', () => {
  let root = ''
  let images = ''
  let table = ''
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'retort-python-kernel-'))
    images = writeFiles(join(root, 'images'), idxFolder({ gzip: false }))
    table = join(writeFiles(join(root, 'table'), { 'a.csv': csvTable(150, 31, ['price']) }), 'a.csv')
  })
  afterAll(() => rmSync(root, { recursive: true }))

  /** Runs the blocks of the card on raw inputs; gives the two norms and the predictions. */
  function run(folder: string, inputs: Float64Array, count: number) {
    writeFileSync(join(folder, 'raw.npy'), encodeNpy(inputs, [count, inputs.length / count]))
    const card = readFileSync(join(folder, 'README.md'), 'utf8')
    const [train, , predict] = [...card.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code)
    const code = `${train}raw = np.load("raw.npy")\n${predict}print(json.dumps(predicted.tolist()))`
    const { stdout, stderr } = spawnSync('python3', ['-c', code], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    const [norms, predicted] = stdout.trim().split('\n')
    const [, found, certified] = /^norm of the dual: (\S+) certified: (\S+)$/.exec(norms) ?? []
    return { found: Number(found), certified: Number(certified), predicted: JSON.parse(predicted) }
  }

  test.each([
    ['rbf', ['--method', 'kip', '--kernel', 'rbf', '--steps', '5', '--batch', '60']],
    ['nngp', ['--method', 'kip', '--kernel', 'nngp', '--kernel-depth', '3', '--steps', '5', '--batch', '60']],
    [
      'ntk',
      [
        '--method',
        'kip',
        '--kernel',
        'ntk',
        '--kernel-depth',
        '2',
        '--steps',
        '5',
        '--batch',
        '60',
        '--learn-labels',
      ],
    ],
    ['features', ['--method', 'kip', '--features', 'dense', '--depth', '2', '--bias', '--steps', '5']],
    ['label-solve', ['--method', 'label-solve', '--kernel', 'ntk', '--ipc', '3', '--storage', 'float64']],
    [
      'zca',
      ['--method', 'label-solve', '--kernel', 'rbf', '--ipc', '2', '--preprocessing', 'zca', '--normalise'],
    ],
  ])('%s: the certified accuracy on the test images, to the last prediction', async (name, flags) => {
    const folder = join(root, name)
    const { code } = await retortHere([
      'distill',
      images,
      '-o',
      folder,
      '--quiet',
      '--no-baselines',
      ...flags,
    ])
    expect(code).toBe(0)
    const { test: split } = (await openDataset(images)).splits
    if (!split) throw new Error('the images have a test split')
    const { inputs, targets } = await split.at(Array.from({ length: split.count }, (_, i) => i))
    const { found, certified, predicted } = run(folder, Float64Array.from(inputs), split.count)
    const { certificate, run: record } = await readArtefact(folder)
    const [norm] = certificate.kind === 'measured' ? certificate.measures : []
    expect(certified).toBe(norm.value)
    expect(Math.abs(found - certified)).toBeLessThanOrEqual(10 * norm.tolerance)
    const right = targets.filter((target, i) => target === predicted[i]).length
    const row = record.comparison?.rows.find((each) => each.name === 'distilled')
    expect(right / split.count).toBe(row?.score.value)
  })

  test('numbers as targets', async () => {
    const folder = join(root, 'numbers')
    const words = ['--method', 'label-solve', '--kernel', 'rbf', '--points', '12']
    const { code } = await retortHere(['distill', table, '-o', folder, '--quiet', '--no-baselines', ...words])
    expect(code).toBe(0)
    const { train } = (await openDataset(table)).splits
    const { inputs, targets } = await train.at([0, 1, 2, 3, 4, 5, 6, 7])
    const { predicted, found, certified } = run(folder, Float64Array.from(inputs), 8)
    expect(found).toBeCloseTo(certified, 4)
    expect(predicted).toHaveLength(8)
    expect(predicted[0]).toHaveLength(targets.length / 8)
  })
})

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256Hex } from '#core/hash'
import { readArtefact } from '#artefact/read'
import { multiIndexDataset } from '#data/generators/multi-index'
import { predictTwoLayer } from '#models/two-layer/model'
import { trainStudent } from '#models/two-layer/student'
import { isTwoLayer } from '#artefact/read'
import { chooseBlas } from '#linalg/provider'
import { matrix } from '#core/matrix'
import { npyFile } from '../data/fixtures.ts'
import { retortHere } from './run-here.ts'
import { csvTable } from './small-data.ts'

const data = 'multi-index:1600,d=16,r=1,seed=3,test=600'
const flags = ['--method', 'two-layer', '--rank', '1', '--width', '60', '--refinement-width', '60']
const quick = [...flags, '--refinement', '4', '--students', '4']

let root: string
let out: string
let first: Record<string, unknown>

const run = async (words: readonly string[]) => {
  const outcome = await retortHere([...words, '--json', '--quiet'])
  const text = outcome.stdout
  return { ...outcome, result: text === '' ? {} : JSON.parse(text) }
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'retort-two-layer-'))
  out = join(root, 'set')
  const { code, result } = await run(['distill', data, ...quick, '-o', out])
  expect(code).toBe(0)
  first = result
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const hashes = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, sha256Hex(readFileSync(join(folder, name)))]))

describe('a two-layer set', () => {
  test('teaches fresh networks what the data hold, in a hundredth of the numbers', () => {
    const { error, floats, memory } = first as {
      error: { median: number; lowest: number; highest: number; n: number }
      floats: number
      memory: { name: string; relativeError: number }[]
    }
    const errorOf = (name: string) => memory.find((entry) => entry.name === name)!.relativeError
    expect(error.median).toBeLessThan(0.15)
    expect(error.median).toBeLessThan(errorOf('random'))
    expect(error.n).toBe(600)
    expect([error.lowest <= error.median, error.median <= error.highest]).toEqual([true, true])
    expect(floats).toBe(2 * 17 + 60 + 17 + 5 + 1)
    expect(errorOf('random features')).toBeGreaterThan(0.5)
    expect(errorOf('random')).toBeGreaterThan(0.5)
  })

  test('is written again to the last byte', async () => {
    const again = join(root, 'again')
    expect((await run(['distill', data, ...quick, '-o', again])).code).toBe(0)
    expect(hashes(again)).toEqual(hashes(out))
  })

  test('draws energy, spectrum, the learned function and memory against error beside r² d + L', () => {
    const report = readFileSync(join(out, 'report.html'), 'utf8')
    for (const label of [
      'Share of the points inside the true directions, by step',
      'Singular values relative to the largest',
      'The learned function along the direction found',
      'Numbers stored against relative error',
    ]) {
      expect(report).toContain(`aria-label="${label}"`)
    }
    for (const curve of ['truth', 'teacher', 'student']) expect(report).toContain(`>${curve}</text>`)
    // One direction, 16 inputs, width 60.
    expect(report).toContain('>r² d + L</text>')
    expect(report).toContain('r² d + L = 76')
  })

  test('says on how many examples its kernel row was trained', () => {
    const { comparison } = first as { comparison: { name: string; points: number; note?: string }[] }
    const row = comparison.find(({ name }) => name === 'NTK ridge')!
    expect(row.note).toContain(`on ${row.points} random real examples`)
  })

  test('verifies from its folder and against its data', async () => {
    expect((await run(['verify', out])).code).toBe(0)
    const { code, result } = await run(['verify', out, '--data', data])
    expect(code).toBe(0)
    const names = result.checks.map(({ name }: { name: string }) => name)
    expect(names).toContain('relative error of fresh students: median')
    expect(names).toContain('curvature of the target over that of noise')
  })

  test('does not verify against other data', async () => {
    const { code, result } = await run(['verify', out, '--data', data.replace('seed=3', 'seed=4')])
    expect(code).toBe(4)
    const failed = result.checks
      .filter(({ ok }: { ok: boolean }) => !ok)
      .map(({ name }: { name: string }) => name)
    expect(failed).toContain('the certificate speaks of these data')
    expect(failed).toContain('relative error of fresh students: median')
  })

  test.each(['distilled.safetensors', 'train.parquet', 'run.json', 'certificate.json'])(
    'a changed byte of %s is caught',
    async (name) => {
      const forged = join(root, `forged-${name}`)
      cpSync(out, forged, { recursive: true })
      const bytes = readFileSync(join(forged, name))
      // The last byte of the arrays; a digit of the JSON.
      const at = name.endsWith('.json') ? bytes.findLastIndex((byte) => byte >= 0x30 && byte < 0x39) : 100
      const place = name === 'distilled.safetensors' ? bytes.length - 1 : at
      bytes[place] += 1
      writeFileSync(join(forged, name), bytes)
      expect((await run(['verify', forged])).code).toBe(4)
    },
  )

  test('a set whose labels were changed and whose certificate was sealed again is caught by its witness', async () => {
    const { blas } = await chooseBlas({ threads: 1 })
    const artefact = await readArtefact(out)
    if (!isTwoLayer(artefact)) throw new Error('two-layer')
    const { measureTwoLayer } = await import('#certify/two-layer/measures')
    const { training } = artefact.set
    const secondLabels = training.secondLabels.map((value, i) => (i === 7 ? value + 0.01 : value))
    const forged = { ...artefact, set: { ...artefact.set, training: { ...training, secondLabels } } }
    const claim = await measureTwoLayer(forged, blas)
    expect(claim.holds).toBe(false)
    expect(
      claim.measures.filter(({ value, largest }) => value > (largest ?? Infinity)).map(({ id }) => id),
    ).toEqual(['witness'])
    await blas.close()
  })

  test('trains students of other widths and seeds', async () => {
    const { code, result } = await run([
      ...['evaluate', out, '--data', data, '--width', '120', '--student-seed', '5', '--no-baselines'],
    ])
    expect(code).toBe(0)
    expect(result.students).toMatchObject([{ width: 120, seed: 5 }])
    expect(result.students[0].relativeError).toBeLessThan(0.2)
  })

  test('is described', async () => {
    const { code, result } = await run(['inspect', out])
    expect(code).toBe(0)
    expect(result).toMatchObject({ training: 'two-layer', points: 2, holds: true })
    const { stdout } = await retortHere(['inspect', out])
    expect(stdout).not.toContain('undefined')
  })

  test('has a report with its pictures, and no colour that a dark page lacks', () => {
    const page = readFileSync(join(out, 'report.html'), 'utf8')
    for (const label of [
      'Share of the points inside',
      'Singular values',
      'The learned function',
      'Numbers stored',
    ]) {
      expect(page).toContain(label)
    }
    const charts = page.match(/<svg[^>]*class="chart"[\s\S]*?<\/svg>/g) ?? []
    expect(charts.length).toBeGreaterThan(3)
    for (const chart of charts) expect(chart).not.toMatch(/="(#[0-9a-f]{3,6}|black|white|steelblue)"/i)
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('its points', () => {
  test('are reused for another target of the same directions', async () => {
    const other = 'multi-index:800,d=16,r=1,seed=9,basis=3,test=600,link=cubic'
    const reused = join(root, 'reused')
    const { code, result } = await run([
      ...[
        'distill',
        other,
        '--method',
        'two-layer',
        '--width',
        '60',
        '--students',
        '4',
        '--reuse',
        out,
        '-o',
        reused,
      ],
    ])
    expect(code).toBe(0)
    expect(result.error.median).toBeLessThan(0.3)
    const alone = await run(['distill', other, ...quick, '--refinement', '0', '-o', join(root, 'alone')])
    expect(alone.result.error.median).toBeGreaterThan(2 * result.error.median)
    expect((await run(['verify', reused, '--data', other])).code).toBe(0)
  })

  test('are refused for data of another size', async () => {
    const { code, stderr } = await retortHere([
      ...[
        'distill',
        'multi-index:500,d=9,r=1',
        '--method',
        'two-layer',
        '--reuse',
        out,
        '-o',
        join(root, 'no'),
      ],
    ])
    expect([code, stderr.includes('usage/reuse')]).toEqual([2, true])
  })
})

describe('classes', () => {
  test('one class against all others becomes ±1', async () => {
    const table = join(root, 'kinds.csv')
    writeFileSync(table, csvTable(400, 5, ['kind']))
    const folder = join(root, 'kinds')
    const words = [
      'distill',
      table,
      '--target',
      'kind',
      '--method',
      'two-layer',
      '--width',
      '40',
      '--points',
      '4',
    ]
    const few = ['--refinement', '2', '--refinement-width', '40', '--students', '2']
    const many = await run([...words, ...few, '-o', folder])
    expect([many.code, many.result.error.code]).toEqual([2, 'usage/one-output'])
    const { code, result } = await run([...words, ...few, '--positive', 'villa', '-o', folder])
    expect(code).toBe(0)
    expect(result.comparison[1].score.metric).toBe('accuracy')
    expect(result.error.median).toBeLessThan(0.2)
    expect((await run(['verify', folder, '--data', table])).code).toBe(0)
    const { set } = await readArtefact(folder)
    expect(set.target.names).toEqual(['not villa', 'villa'])
  })

  test('flags of another method are refused, not passed over', async () => {
    const { code, result } = await run(['distill', data, '--rank', '1', '-o', join(root, 'no')])
    expect([code, result.error.code]).toEqual([2, 'usage/other-method'])
  })
})

const hasNumPy = spawnSync('python3', ['-c', 'import numpy']).status === 0

describe.skipIf(!hasNumPy)('Python with NumPy alone', () => {
  test('trains the same student of any width and seed, and proves it by the witness', async () => {
    const { inputs, targets } = await multiIndexDataset({
      ...{ count: 1, inputs: 16, directions: 1, seed: 3, testCount: 200 },
    }).splits.test!.at(Array.from({ length: 200 }, (_, i) => i))
    writeFileSync(join(root, 'x.npy'), npyFile('<f4', [200, 16], Float32Array.from(inputs)))
    writeFileSync(join(root, 'y.npy'), npyFile('<f8', [200], Float64Array.from(targets)))
    const peer = resolve('bench/peers/two_layer_student.py')
    const words = [
      '--width',
      '80',
      '--seed',
      '7',
      '--inputs',
      join(root, 'x.npy'),
      '--targets',
      join(root, 'y.npy'),
    ]
    const { stdout, stderr, status } = spawnSync('python3', [peer, out, ...words], { encoding: 'utf8' })
    expect([stderr, status]).toEqual(['', 0])
    const found = JSON.parse(stdout)
    expect(found.witness.same).toBe(true)
    expect(found.witness.largestDifference).toBeLessThan(1e-9)

    const { blas } = await chooseBlas({ threads: 1 })
    const artefact = await readArtefact(out)
    if (!isTwoLayer(artefact)) throw new Error('two-layer')
    const student = await trainStudent(artefact.set, { width: 80, seed: 7 }, blas)
    const predictions = await predictTwoLayer(student, matrix(200, 16, Float64Array.from(inputs)), blas)
    await blas.close()
    const values = Array.from(targets)
    const mean = values.reduce((sum, y) => sum + y, 0) / 200
    const variance = values.reduce((sum, y) => sum + (y - mean) ** 2, 0) / 200
    const error = predictions.reduce((sum, p, i) => sum + (p - targets[i]) ** 2, 0) / 200 / variance
    expect(found.relativeError / error).toBeCloseTo(1, 8)
  })

  test('runs the example of the card', () => {
    const card = readFileSync(join(out, 'README.md'), 'utf8')
    const [train] = [...card.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code)
    writeFileSync(join(root, 'card.py'), train)
    const { stdout, stderr, status } = spawnSync('python3', [join(root, 'card.py')], {
      cwd: out,
      encoding: 'utf8',
    })
    expect([stderr, status]).toEqual(['', 0])
    expect(Number(stdout.split(':')[1])).toBeLessThan(1e-9)
  })
})

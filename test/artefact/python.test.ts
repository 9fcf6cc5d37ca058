import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RidgeSet } from '#core/distilled-set'
import { matrix } from '#core/matrix'
import { stageArtefact } from '#artefact/stage'
import { certify } from '#certify/certify'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { description, imageSet, normals, regressionSet } from './sets.ts'

const hasNumPy = spawnSync('python3', ['-c', 'import numpy']).status === 0

describe.skipIf(!hasNumPy)('Python opens an artefact (needs python3 with NumPy)', () => {
  let blas: Blas
  let base: string
  beforeAll(async () => {
    ;({ blas } = await chooseBlas())
    base = await mkdtemp(join(tmpdir(), 'retort-python-'))
  })
  afterAll(async () => {
    await rm(base, { recursive: true, force: true })
    await blas.close()
  })

  async function write(name: string, set: RidgeSet, storage: 'float32' | 'float64'): Promise<string> {
    const run = description(set.inputShape.length === 3 ? 'image' : 'vector')
    const staged = await stageArtefact(join(base, name), { set, storage, run, blas })
    const { claim } = await certify(await staged.read(), { blas })
    expect(claim.holds).toBe(true)
    await staged.addReport({ claim })
    await staged.commit(claim)
    return join(base, name)
  }

  async function python(folder: string, script: string): Promise<string> {
    await writeFile(join(base, 'script.py'), script)
    const { stdout, stderr, status } = spawnSync('python3', [join(base, 'script.py')], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    return stdout
  }

  /** λ_S > 0 at full rank, with an intercept: Y_S = X_S Wᵀ + λ_S D, centred, about means that fit b. */
  async function ridgeSet(): Promise<RidgeSet> {
    const base = regressionSet(4, ['a', 'b'])
    const { points, training } = base
    const ridge = 0.75
    const mean = Float64Array.from({ length: 4 }, (_, j) => {
      let sum = 0
      for (let i = 0; i < points.rows; i++) sum += points.data[i * 4 + j]
      return sum / points.rows
    })
    const centred = matrix(
      points.rows,
      4,
      points.data.map((value, t) => value - mean[t % 4]),
    )
    // With G = X (XᵀX)⁻¹ Wᵀ the labels X Wᵀ + λ G satisfy (XᵀX + λ)⁻¹ Xᵀ Y = Wᵀ.
    const gram = await blas.syrk(centred, { transpose: true })
    const inverse = await blas.solvePositive(
      gram,
      matrix(
        4,
        4,
        Float64Array.from({ length: 16 }, (_, t) => (t % 5 === 0 ? 1 : 0)),
      ),
    )
    const dual = await blas.gemm(await blas.gemm(centred, inverse), training.weight, { transposeB: true })
    const labels = matrix(
      points.rows,
      2,
      base.labels.data.map((value, t) => value + ridge * dual.data[t]),
    )
    return { ...base, labels, training: { ...training, ridge } }
  }

  const sets: [string, () => Promise<RidgeSet>][] = [
    ['images', () => imageSet(blas)],
    ['regression with an intercept', async () => regressionSet()],
    ['one feature', async () => regressionSet(1, ['t'])],
    ['λ_S > 0 with an intercept', ridgeSet],
  ]

  test.each(sets)('the example of the card gives W back: %s', async (name, make) => {
    for (const [storage, bound] of [
      ['float64', 1e-13],
      ['float32', 1e-6],
    ] as const) {
      const folder = await write(`${name} ${storage}`, await make(), storage)
      const card = await readFile(join(folder, 'README.md'), 'utf8')
      const [train] = [...card.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code)
      const printed = await python(folder, train)
      expect(printed).toMatch(/^relative error: \d/)
      expect(Number(printed.split(':')[1])).toBeLessThan(bound)
    }
  })

  test('the example of the card predicts what the model predicts', async () => {
    const whitening = normals(36, 36, 'symmetric')
    for (const preprocessing of [
      undefined,
      {
        name: 'zca',
        mean: normals(1, 36, 'mean').data,
        whitening: await blas.syrk(whitening),
        regularisation: 0.1,
      },
    ] as const) {
      const set = await imageSet(blas, { preprocessing })
      const folder = await write(`predict ${preprocessing?.name ?? 'channel'}`, set, 'float64')
      const card = await readFile(join(folder, 'README.md'), 'utf8')
      const [train, , predict] = [...card.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code)
      const raw = 'raw = np.arange(3 * 36).reshape(3, 6, 6) % 7\n'
      const printed = await python(folder, `${train}${raw}${predict}print(x.tolist(), predicted.tolist())`)
      const [, x, predicted] = /(\[\[.*\]\]) (\[.*\])/.exec(printed) ?? []
      const { preprocess } = await import('#data/preprocessing')
      const values = Float64Array.from({ length: 108 }, (_, i) => i % 7)
      const expected = await preprocess(values, 3, 36, set.preprocessing, blas)
      JSON.parse(x)
        .flat()
        .forEach((value: number, t: number) => expect(value).toBeCloseTo(expected.data[t], 9))
      expect(JSON.parse(predicted)).toHaveLength(3)
    }
  })

  test('bench/peers/open_artefact.py gets W from every reader that is installed', async () => {
    const folder = await write('peers', await imageSet(blas), 'float32')
    const { stdout, stderr, status } = spawnSync(
      'python3',
      [resolve('bench/peers/open_artefact.py'), folder],
      {
        encoding: 'utf8',
      },
    )
    expect([stderr, status]).toEqual(['', 0])
    const errors = Object.entries<number>(JSON.parse(stdout).errors)
    expect(errors.map(([way]) => way)).toContain('NumPy, distilled.safetensors')
    expect(errors.filter(([, error]) => !(error < 1e-6))).toEqual([])
  })
})

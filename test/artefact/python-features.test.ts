import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matrix, relativeError } from '#core/matrix'
import { randomStream } from '#core/random'
import { stageArtefact } from '#artefact/stage'
import { certify } from '#certify/certify'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { kernelRidge } from '#methods/kernel-ridge'
import { ridgeOptions } from '#methods/ridge-options'
import type { FeatureSettings } from '../methods/feature-tasks.ts'
import { featureTaskOf } from '../methods/feature-tasks.ts'
import { description } from './sets.ts'

const hasNumPy = spawnSync('python3', ['-c', 'import numpy']).status === 0

const layers = [
  { type: 'conv', channels: 4, kernel: 2, stride: 2, padding: 0, bias: true },
  { type: 'dense', width: 9, activation: 'leaky-relu', slope: 0.2 },
]
const maps: readonly [string, FeatureSettings][] = [
  ['dense', { inputSize: 9, options: { depth: 2, bias: true }, targets: 2 }],
  ['tanh', { inputSize: 9, options: { activation: 'tanh' }, targets: 2 }],
  ['fourier', { kind: 'fourier', inputSize: 9, options: { variance: 9 }, targets: 2 }],
  ['coupling', { kind: 'coupling', inputSize: 9, options: {}, targets: 2 }],
  ['linear-net', { kind: 'linear-net', inputSize: 5, options: { widths: [7, 9] }, targets: 2 }],
  ['conv', { kind: 'conv', inputSize: 32, inputShape: [4, 4, 2], options: { bias: true }, targets: 2 }],
  ['network', { kind: 'network', inputSize: 16, inputShape: [4, 4, 1], options: { layers }, targets: 2 }],
]

describe.skipIf(!hasNumPy)('Python goes through the map of an artefact (needs python3 with NumPy)', () => {
  let blas: Blas
  let base: string
  beforeAll(async () => {
    ;({ blas } = await chooseBlas({ threads: 1 }))
    base = await mkdtemp(join(tmpdir(), 'retort-python-features-'))
  })
  afterAll(async () => {
    await rm(base, { recursive: true, force: true })
    await blas.close()
  })

  test.each(maps)('%s: the example of the card gives W and φ(x)', async (name, settings) => {
    const task = await featureTaskOf(blas, { ...settings, intercept: true })
    const { map } = task
    const streams = (...tags: (string | number)[]) => randomStream(0, ...tags)
    const behind = { ...task, features: map }
    const set = await kernelRidge.finish(await kernelRidge.init(behind, ridgeOptions.parse({}), streams))
    const run = description(settings.inputShape ? 'image' : 'vector')
    const staged = await stageArtefact(join(base, name), { set, storage: 'float64', run, blas })
    const { claim } = await certify(await staged.read(), { blas })
    expect(claim.holds).toBe(true)
    await staged.addReport({ claim })
    await staged.commit(claim)

    const card = await readFile(join(base, name, 'README.md'), 'utf8')
    const [train, , predict] = [...card.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code)
    const raw = matrix(2, settings.inputSize)
    raw.data.forEach((_, at) => (raw.data[at] = Math.sin(1 + at)))
    const given = `raw = np.array(${JSON.stringify([...raw.data])}).reshape(2, -1)\n`
    await writeFile(
      join(base, 'script.py'),
      `${train}\n${given}${predict}\nprint(json.dumps(x.ravel().tolist()))`,
    )
    const { stdout, stderr } = spawnSync('python3', [join(base, 'script.py')], {
      cwd: join(base, name),
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const [error, phi] = stdout.trim().split('\n')
    expect(Number(error.replace('relative error:', ''))).toBeLessThan(1e-8)
    const found = matrix(2, map.featureSize, Float64Array.from(JSON.parse(phi)))
    expect(relativeError(found, await map.forward(raw, blas))).toBeLessThan(1e-12)
  })
})

import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Running } from './run.ts'
import { startRetort } from './run.ts'
import { retortHere } from './run-here.ts'
import { csvTable, idxFolder, npyFolder, writeFiles } from './small-data.ts'

let root = ''
let bars = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-kip-'))
  bars = writeFiles(join(root, 'bars'), idxFolder({ gzip: false }))
})
afterAll(() => rmSync(root, { recursive: true }))

const quick = ['--ipc', '1', '--steps', '25', '--batch', '200']

async function json(words: readonly string[]) {
  const { code, stdout, stderr } = await retortHere([...words, '--json'])
  return { code, stderr, result: stdout === '' ? undefined : JSON.parse(stdout) }
}

function hashes(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  )
}

describe('distill --method kip', () => {
  it.each([
    ['ntk', '2'],
    ['nngp', '1'],
    ['rbf', '1'],
  ])('%s of depth %s: written, verified and scored', async (kernel, depth) => {
    const out = join(root, kernel)
    const words = ['distill', bars, '--method', 'kip', '--kernel', kernel, ...quick, '-o', out]
    const { code, result } = await json(kernel === 'rbf' ? words : [...words, '--kernel-depth', depth])
    expect(code).toBe(0)
    expect(result).toMatchObject({ method: 'kip', points: 4, holds: true, kernel: { id: kernel } })
    const [linear, distilled, ...baselines] = result.comparison
    expect([linear.name, distilled.name]).toEqual(['linear, all data', 'distilled'])
    expect(baselines.map(({ name }: { name: string }) => name)).toEqual([
      'random',
      'herding',
      'k-means',
      'k-center',
    ])
    for (const { score } of baselines) expect(distilled.score.value).toBeGreaterThan(score.value)

    const alone = await json(['verify', out])
    expect(alone).toMatchObject({ code: 0, result: { ok: true, relativeError: null } })
    const withData = await json(['verify', out, '--data', bars])
    expect(withData).toMatchObject({ code: 0, result: { ok: true } })
    expect(withData.result.checks.length).toBe(alone.result.checks.length + 2)
    const evaluated = await json(['evaluate', out, '--data', bars])
    expect(evaluated.result.rows).toEqual(result.comparison)
    const { stdout } = await retortHere(['inspect', out])
    expect(stdout).toContain(`kernel ridge regression (${kernel})`)
    expect(readdirSync(root).filter((name) => name.endsWith('.retort-steps'))).toEqual([])
  })

  it('is refused by verify on other data', async () => {
    const out = join(root, 'other')
    const files = idxFolder({ gzip: false })
    const images = Object.entries(files).map(([name, bytes]): [string, Uint8Array] => {
      const changed = Uint8Array.from(Buffer.from(bytes))
      if (name.startsWith('train-images'))
        changed.subarray(16).forEach((value, at) => (changed[16 + at] = 255 - value))
      return [name, changed]
    })
    const other = writeFiles(join(root, 'negatives'), Object.fromEntries(images))
    await json(['distill', bars, '--method', 'kip', ...quick, '--no-baselines', '-o', out])
    const { code, result } = await json(['verify', out, '--data', other])
    expect(code).toBe(4)
    const failed = result.checks
      .filter(({ ok }: { ok: boolean }) => !ok)
      .map(({ name }: { name: string }) => name)
    expect(failed).toContain('½ mean squared error on all 300 training examples')
    expect(failed).toContain('the stated preconditions are those measured now')
  })

  it('learns labels, from vectors without a test split, and for numbers', async () => {
    const vectors = writeFiles(join(root, 'npy'), npyFolder())
    const learned = ['--method', 'kip', '--kernel', 'rbf', '--learn-labels', '--no-baselines', ...quick]
    const one = await json(['distill', vectors, ...learned, '-o', join(root, 'vectors')])
    expect(one).toMatchObject({ code: 0, result: { points: 3, accuracy: { metric: 'accuracy' } } })
    const table = join(
      writeFiles(join(root, 'csv'), { 'prices.csv': csvTable(200, 3, ['price']) }),
      'prices.csv',
    )
    const numbers = ['--target', 'price', '--points', '12', '--steps', '80', '--learning-rate', '0.1']
    const out = join(root, 'prices')
    const two = await json(['distill', table, '--method', 'kip', '--kernel', 'rbf', ...numbers, '-o', out])
    expect(two).toMatchObject({ code: 0, result: { accuracy: { metric: 'r2', split: 'hold-out' } } })
    expect(two.result.accuracy.distilled).toBeGreaterThan(0.5)
    expect((await json(['verify', out, '--data', table])).code).toBe(0)
  })

  it.each([
    ['constant', true],
    ['cosine', false],
  ] as const)(
    'goes on after Ctrl-C to the bytes of a run that was not stopped: %s',
    async (schedule, longer) => {
      const place = mkdtempSync(join(root, 'stopped-'))
      const words = (out: string, steps = 1500) => [
        'distill',
        bars,
        ...['--method', 'kip', '--ipc', '1', '--batch', '100', '--learn-labels', '--no-baselines'],
        ...['--schedule', schedule, '--steps', String(steps), '-o', join(place, out)],
      ]
      const firstStep = async (run: readonly string[]): Promise<number> => {
        const { stdout } = await retortHere([...run, '--jsonl'])
        const [first] = stdout.split('\n').filter((line) => line.includes('"stage":"distil"'))
        return JSON.parse(first).done
      }
      expect((await retortHere(words('whole'))).code).toBe(0)
      const run = startRetort([...words('parts'), '--jsonl'])
      await stepping(run)
      run.child.kill('SIGINT')
      const { code, stderr } = await run.outcome
      expect(code).toBe(130)
      expect(stderr).toContain('error interrupted/stopped')
      expect(readdirSync(place).toSorted()).toEqual(['parts.retort-steps', 'whole'])
      // What was kept serves more steps too, unless the rate depends on their number.
      copyFileSync(join(place, 'parts.retort-steps'), join(place, 'longer.retort-steps'))
      expect((await firstStep(words('longer', 1600))) > 1).toBe(longer)
      expect(await firstStep(words('parts'))).toBeGreaterThan(1)
      expect(readdirSync(place).toSorted()).toEqual(['longer', 'parts', 'whole'])
      expect(hashes(join(place, 'parts'))).toEqual(hashes(join(place, 'whole')))
      const told = (file: string) => readFileSync(join(place, 'parts', file), 'utf8')
      expect(JSON.parse(told('run.json')).settings).toMatchObject({ schedule, learningRate: 0.04 })
      expect(told('report.html').includes('fell along a cosine')).toBe(schedule === 'cosine')
      expect(told('README.md').includes('--schedule cosine')).toBe(schedule === 'cosine')
    },
  )

  it('distils for features of a map, in every variant', async () => {
    for (const variant of ['statistics', 'batches', 'authors', 'authors-statistics']) {
      const out = join(root, `features-${variant}`)
      const map = ['--features', 'dense', '--width', '40', '--variant', variant]
      const { code, result } = await json(['distill', bars, '--method', 'kip', ...quick, ...map, '-o', out])
      expect(code).toBe(0)
      expect(result).toMatchObject({ points: 4, kernel: { id: 'features', parameters: {} } })
      const [original, distilled, random] = result.comparison
      expect(original.name).toBe('original')
      expect(distilled.score.value).toBeGreaterThan(random.score.value)
      expect(await json(['verify', out, '--data', bars])).toMatchObject({ code: 0, result: { ok: true } })
      expect((await json(['evaluate', out, '--data', bars])).result.rows).toEqual(result.comparison)
    }
  })

  it('takes the settings of a recipe', async () => {
    const { result } = await json(['recipes'])
    const names = result.recipes.map(({ name }: { name: string }) => name)
    for (const dataset of ['mnist', 'cifar10']) {
      for (const kind of ['rbf', 'ntk-fc1', 'ntk-fc2', 'ntk-fc3', 'dense']) {
        expect(names).toContain(`kip/${dataset}/${kind}/ipc10`)
      }
    }
    const recipe = ['--recipe', 'kip/mnist/ntk-fc2/ipc10', '--schedule', 'cosine']
    const plan = await json(['distill', bars, ...recipe, '--dry-run'])
    expect(plan).toMatchObject({
      code: 0,
      result: {
        settings: { method: 'kip', kernel: 'ntk', kernelDepth: 2, ipc: 10, batch: 5000, schedule: 'cosine' },
      },
    })
  })

  it.each(['--dry-run', 'advise'])('plans its own work, not that of ridge regression: %s', async (how) => {
    const planned = async (...flags: string[]) => {
      const words = how === 'advise' ? ['advise', bars] : ['distill', bars, how]
      const { code, result } = await json([...words, '--method', 'kip', '--ipc', '2', ...flags])
      expect(code).toBe(0)
      return result.plan
    }
    const few = await planned('--steps', '10', '--batch', '50')
    expect(few).toMatchObject({ method: 'kip', kernel: 'ntk', steps: 10, batch: 50 })
    expect(few.points).toBe(2 * few.targetSize)
    const more = await planned('--steps', '1010', '--batch', '50')
    const step = (more.floatingPointOperations - few.floatingPointOperations) / 1000
    // The kernel of 50 examples and its way back, and the rest of a step.
    const { inputSize, points } = few
    expect(step).toBeGreaterThan(4 * 50 * inputSize * points)
    expect(step).toBeLessThan(12 * 50 * inputSize * points)
    const statistics = await planned('--steps', '10', '--features', 'dense')
    expect(statistics).toMatchObject({ kernel: 'features', steps: 10, batch: 0 })
    expect(statistics.preconditions.every(({ holds }: { holds: boolean }) => holds)).toBe(true)
  })

  it('refuses flags of another method', async () => {
    const refused = async (...words: string[]) => {
      const { code, stderr } = await retortHere(['distill', bars, ...words, '-o', join(root, 'no')])
      expect(code).toBe(2)
      return stderr
    }
    expect(await refused('--learn-labels')).toContain('Leave it out, or use --method kip.')
    expect(await refused('--method', 'kip', '--variant', 'realistic')).toContain('usage/invalid-value')
    expect(await refused('--method', 'kip', '--label-encoding', 'soft')).toContain('usage/other-method')
    expect(await refused('--method', 'label-solve', '--steps', '7')).toContain('usage/other-method')
    expect(await refused('--method', 'kip', '--variant', 'statistics')).toContain('usage/kernel-features')
  })
})

describe('distill --method label-solve --kernel', () => {
  it('relabels real examples, verified', async () => {
    const out = join(root, 'solved')
    const words = ['--method', 'label-solve', '--kernel', 'ntk', '--ipc', '2']
    const { code, result } = await json(['distill', bars, ...words, '-o', out])
    expect(code).toBe(0)
    expect(result.points).toBe(8)
    const [, distilled, random] = result.comparison
    expect(distilled.score.value).toBeGreaterThan(random.score.value)
    expect((await json(['verify', out, '--data', bars])).code).toBe(0)
  })
})

/** Resolves once the run has taken some steps. */
function stepping({ child }: Running): Promise<void> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (/"stage":"distil","done":[1-9]/.test(text)) resolve()
    })
  })
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readArtefact, requireRidge } from '#artefact/read'
import { retortHere } from './run-here.ts'
import { retrainedError } from './retrained-error.ts'
import { csvTable, writeFiles } from './small-data.ts'

let root = ''
let table = ''
let houses = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-variants-'))
  const kinds = { 'train.csv': csvTable(120, 21, ['kind']), 'test.csv': csvTable(40, 22, ['kind']) }
  table = writeFiles(join(root, 'kinds'), kinds)
  houses = writeFiles(join(root, 'houses'), { 'houses.csv': csvTable(120, 23, ['price', 'rent']) })
})
afterAll(() => rmSync(root, { recursive: true }))

async function distill(data: string, flags: readonly string[]) {
  const out = join(root, 'out')
  const { code, stdout } = await retortHere([
    'distill',
    data,
    '-o',
    out,
    '--no-baselines',
    '--json',
    ...flags,
  ])
  return { code, out, result: JSON.parse(stdout) }
}

/** σ₂ / √(σ₁² + σ₂²) of a W of two rows, from the closed form of the eigenvalues of W Wᵀ. */
async function bestWithOnePoint(folder: string): Promise<number> {
  const { rows, cols, data } = requireRidge(await readArtefact(folder)).set.training.weight
  expect(rows).toBe(2)
  const dot = (i: number, j: number) =>
    data.subarray(i * cols, (i + 1) * cols).reduce((sum, value, t) => sum + value * data[j * cols + t], 0)
  const trace = dot(0, 0) + dot(1, 1)
  const spread = Math.hypot(dot(0, 0) - dot(1, 1), 2 * dot(0, 1))
  return Math.sqrt((trace - spread) / 2 / trace)
}

/** Three classes, standardised columns: rank(W) = 2, so soft labels need 2 points, or 3 with an intercept. */
const variants = ['noise', 'realistic', 'paper-noise', 'paper-realistic']
const encodings: Record<string, readonly (string | undefined)[]> = {
  noise: [undefined, 'one-hot', 'centred', 'soft'],
  realistic: [undefined, 'soft'],
  'paper-noise': [undefined, 'one-hot', 'centred', 'soft'],
  'paper-realistic': [undefined, 'one-hot', 'centred', 'soft'],
}
const combinations = variants.flatMap((variant) =>
  encodings[variant].flatMap((encoding) =>
    ['yes', 'no'].flatMap((intercept) =>
      ['0', '0.001'].map((ridge) => ({ variant, encoding: encoding ?? 'default', intercept, ridge })),
    ),
  ),
)

describe('nine points in float64 and float32', () => {
  test.each(combinations)(
    '$variant, $encoding labels, intercept $intercept, λ_S = $ridge',
    async ({ variant, encoding, intercept, ridge }) => {
      const words = [
        '--variant',
        variant,
        '--intercept',
        intercept,
        '--ridge-distilled',
        ridge,
        '--points',
        '9',
      ]
      if (encoding !== 'default') words.push('--label-encoding', encoding)
      for (const [storage, bound] of [
        ['float64', 1e-12],
        ['float32', 1e-5],
      ] as const) {
        const { code, out, result } = await distill(table, [...words, '--storage', storage])
        expect(result).toMatchObject({ holds: true, points: 9, ridgeDistilled: Number(ridge) })
        expect(code).toBe(0)
        expect(result.relativeError).toBeLessThanOrEqual(bound)
        expect(await retrainedError(out)).toBeLessThanOrEqual(bound)
        expect(result.accuracy.distilled).toBe(result.accuracy.original)
      }
    },
  )
})

test.each(['yes', 'no'])('a d-set (intercept %s) serves every λ, also as λ_S', async (intercept) => {
  const { code, out, result } = await distill(table, [
    ...['--variant', 'd-set', '--intercept', intercept, '--storage', 'float64', '--ridge', '10'],
  ])
  expect(code).toBe(0)
  expect(result).toMatchObject({ points: intercept === 'yes' ? 6 : 5, ridgeDistilled: 10, holds: true })
  expect(await retrainedError(out)).toBeLessThanOrEqual(1e-12)
  const verdict = await retortHere(['verify', out, '--data', table, '--json'])
  expect(verdict.code).toBe(0)
  const checks: { name: string }[] = JSON.parse(verdict.stdout).checks
  expect(checks.filter(({ name }) => name.includes('the model of the data at λ = '))).toHaveLength(2)
})

test.each(['noise', 'realistic', 'd-set', 'paper-noise', 'paper-realistic'])(
  '%s for two real targets, with and without intercept',
  async (variant) => {
    for (const intercept of ['yes', 'no']) {
      const flags = ['--target', 'price,rent', '--variant', variant, '--intercept', intercept]
      const { code, out, result } = await distill(houses, [...flags, '--storage', 'float64'])
      expect(result.relativeError).toBeLessThanOrEqual(1e-12)
      expect(await retrainedError(out)).toBeLessThanOrEqual(1e-12)
      expect(code).toBe(0)
    }
  },
)

describe('too few points', () => {
  test('are refused with the Eckart–Young figure and exit 2', async () => {
    const exact = await distill(houses, [
      '--target',
      'price,rent',
      '--intercept',
      'no',
      '--storage',
      'float64',
    ])
    expect(exact.result.points).toBe(2)
    const figure = await bestWithOnePoint(exact.out)
    const flags = ['--target', 'price,rent', '--intercept', 'no', '--points', '1']
    const { code, result } = await distill(houses, flags)
    expect(code).toBe(2)
    expect(result.error).toMatchObject({ code: 'usage/too-few-points', exitCode: 2 })
    expect(result.error.values.relativeError).toBeCloseTo(figure, 9)
    expect(result.error.why).toContain('Eckart–Young')
    expect(result.error.hint).toContain('--points 2')
  })

  test('are built on request, and reach the figure', async () => {
    const exact = await distill(houses, [
      '--target',
      'price,rent',
      '--intercept',
      'no',
      '--storage',
      'float64',
    ])
    const figure = await bestWithOnePoint(exact.out)
    const flags = ['--target', 'price,rent', '--intercept', 'no', '--points', '1', '--allow-fewer']
    const { code, out, result } = await distill(houses, [...flags, '--storage', 'float64'])
    expect(code).toBe(0)
    expect(result.relativeError).toBeCloseTo(figure, 9)
    expect(await retrainedError(out)).toBeCloseTo(figure, 9)
    const words = ['distill', houses, '-o', out, ...flags, '--quiet']
    const { stdout } = await retortHere(words)
    expect(stdout).toMatch(/^1 point can only approximate/)
  })

  test('with fixed labels are refused with what soft labels need', async () => {
    const { code, result } = await distill(table, [
      '--label-encoding',
      'one-hot',
      '--points',
      '2',
      '--intercept',
      'no',
    ])
    expect(code).toBe(2)
    expect(result.error.values).toMatchObject({ points: 2, needed: 3 })
  })
})

test.each([
  [['--ipc', '1', '--points', '3'], 'usage/points'],
  [['--variant', 'realistic', '--label-encoding', 'one-hot'], 'usage/label-encoding'],
  [['--variant', 'd-set', '--points', '3'], 'usage/points'],
  [['--variant', 'd-set', '--ridge-distilled', '5'], 'usage/ridge-distilled'],
  [['--ridge-distilled', '1e9', '--label-encoding', 'one-hot'], 'usage/ridge-bound'],
])('%j is refused as %s', async (flags, code) => {
  const outcome = await distill(table, flags)
  expect(outcome.result.error).toMatchObject({ code, exitCode: 2 })
  expect(outcome.code).toBe(2)
})

test('λ_S above its bound is served by scaled or by soft labels', async () => {
  for (const onBound of ['scale', 'soft']) {
    const flags = [
      '--ridge-distilled',
      '1e4',
      '--label-encoding',
      'one-hot',
      '--points',
      '6',
      '--on-bound',
      onBound,
    ]
    const { code, out } = await distill(table, [...flags, '--storage', 'float64'])
    expect(code).toBe(0)
    expect(await retrainedError(out)).toBeLessThanOrEqual(1e-12)
  }
})

test('where float32 is too coarse for the points, exit 4 comes with the way out, and that way works', async () => {
  const words = [
    'distill',
    table,
    '-o',
    join(root, 'coarse'),
    '--intercept',
    'no',
    '--label-encoding',
    'one-hot',
  ]
  const coarse = await retortHere(words)
  expect(coarse.code).toBe(4)
  expect(coarse.stdout).toContain('do not give the model')
  expect(coarse.stderr.trimEnd().split('\n').at(-1)).toContain('--storage float64')
  expect((await retortHere(['verify', join(root, 'coarse')])).code).toBe(4)
  expect((await retortHere([...words, '--storage', 'float64'])).code).toBe(0)
  expect((await retortHere(['verify', join(root, 'coarse')])).code).toBe(0)
})

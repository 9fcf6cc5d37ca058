import { existsSync } from 'node:fs'
import type { Bench } from '../../bench.ts'
import type { Table } from '../../part.ts'
import { group } from '../../wording.ts'
import { distillSet, errorOf } from './answers.ts'
import { error, mean } from './wording.ts'

/** Two classes, one class against all others, a pair, a real target: figures without a truth to compare with. */
export async function realData(bench: Bench): Promise<Table> {
  const { width } = bench.sizes
  const cases: [string, string, readonly string[]][] = [
    ['Adult, income', bench.data('tabular', 'adult.data'), []],
    [
      'Adult, age (real target)',
      bench.data('tabular', 'adult.data'),
      ['--target', '0', '--target-kind', 'real'],
    ],
    ['MNIST, 3 against 5', bench.data('mnist'), ['--positive', '3', '--negative', '5']],
    ['MNIST, 8 against all', bench.data('mnist'), ['--positive', '8']],
  ]
  const rows: string[][] = []
  for (const [i, [name, path, words]] of cases.entries()) {
    if (!existsSync(path)) {
      rows.push([name, 'no data', '', '', '', '', '', ''])
      continue
    }
    const run = await distillSet(bench, `real-${i}`, [
      path,
      ...words,
      '--points',
      '16',
      '--width',
      String(width),
    ])
    const coresets = ['random', 'herding', 'k-means', 'k-center'].flatMap((row) => errorOf(run, row) ?? [])
    const cell = (row: string) => error(errorOf(run, row) ?? NaN)
    rows.push([
      name,
      error(run.error.median),
      cell('teacher'),
      cell('teacher, 3 steps'),
      error(Math.min(...coresets)),
      cell('random features'),
      group(run.floats),
      `${run.directions}`,
    ])
  }
  return {
    title: 'Real data: relative error, or share of wrong classes; no distribution is assumed to hold',
    columns: [
      'task',
      'distilled',
      'teacher',
      'three steps',
      'best coreset',
      'random features',
      'numbers',
      'directions',
    ],
    rows,
  }
}

/** Points of one task for another of the same directions, which alone cannot be learned from the first gradient. */
export async function reuse(bench: Bench): Promise<Table> {
  const { inputs: d, examples, width } = bench.sizes
  const source = `multi-index:${examples},d=${d},r=2,seed=1`
  await distillSet(bench, 'source', [source, '--rank', '2', '--width', String(width), '--no-baselines'])
  const rows: string[][] = []
  for (const n of [500, 1000, 2000, 5000, 20000].filter((count) => count <= examples)) {
    const other = `multi-index:${n},d=${d},r=2,seed=7,basis=1,link=odd`
    const base = ['--width', String(width)]
    const reused = await distillSet(bench, `reuse-${n}`, [
      other,
      ...base,
      '--no-baselines',
      '--reuse',
      'source',
    ])
    const alone = await distillSet(bench, `alone-${n}`, [other, ...base, '--rank', '2'])
    rows.push([
      group(n),
      error(mean(reused.students.map(({ relativeError }) => relativeError))),
      error(mean(alone.students.map(({ relativeError }) => relativeError))),
      error(errorOf(alone, 'teacher') ?? NaN),
      error(errorOf(alone, 'random features') ?? NaN),
    ])
  }
  return {
    title: 'Points reused for an odd target (H = 0) of the same directions',
    columns: [
      'n of the second task',
      'reused points',
      'distilled alone',
      'one-step teacher alone',
      'random features',
    ],
    rows,
  }
}

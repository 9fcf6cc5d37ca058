import type { Bench } from '../../bench.ts'
import type { Table } from '../../part.ts'
import { group } from '../../wording.ts'
import { distillSet, errorOf } from './answers.ts'
import { error, mean } from './wording.ts'

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

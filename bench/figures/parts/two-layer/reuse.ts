import type { Bench } from '../../bench.ts'
import type { Table } from '../../part.ts'
import { group, seconds } from '../../wording.ts'
import type { TwoLayerRun } from './answers.ts'
import { distillSet } from './answers.ts'
import { referenceTable } from './references.ts'
import { error, mean } from './wording.ts'

/** Points of one task for another of the same directions, which alone cannot be learned from the first gradient. */
export async function reuse(bench: Bench): Promise<Table[]> {
  const { inputs: d, examples, width } = bench.sizes
  const source = `multi-index:${examples},d=${d},r=2,seed=1`
  await distillSet(bench, 'source', [source, '--rank', '2', '--width', String(width), '--no-baselines'])
  const rows: string[][] = []
  const compared: [string, TwoLayerRun[]][] = []
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
      seconds(reused.seconds.distill),
      seconds(alone.seconds.distill),
    ])
    compared.push([group(n), [alone]])
  }
  const n = 'n of the second task'
  return [
    {
      title:
        'Points reused for an odd target (H = 0) of the same directions: error, and seconds of distillation',
      columns: [n, 'reused points', 'distilled alone', 'reused, s', 'alone, s'],
      rows,
    },
    referenceTable(n, compared),
  ]
}

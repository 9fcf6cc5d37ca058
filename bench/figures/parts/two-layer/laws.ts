import type { Bench } from '../../bench.ts'
import type { Table } from '../../part.ts'
import { group } from '../../wording.ts'
import type { Outcome, TwoLayerRun } from './answers.ts'
import { distillSet, studentErrors, tryDistill } from './answers.ts'
import { referenceTable } from './references.ts'
import { error } from './wording.ts'

/** Labels: how many, and for which initialisations. */
export async function labelLaw(bench: Bench): Promise<Table[]> {
  const { inputs: d, examples, width } = bench.sizes
  const data = `multi-index:${examples},d=${d},r=2,seed=1`
  const rows: string[][] = []
  const compared: [string, TwoLayerRun[]][] = []
  const counts = new Set([16, 8, 4, 2, 1].map((share) => Math.max(10, Math.round(width / share))))
  for (const labels of counts) {
    const words = [data, '--rank', '2', '--width', String(width), '--label-count', String(labels)]
    const any = await distillSet(bench, `labels-${labels}`, words)
    const shared = await distillSet(bench, `labels-${labels}-shared`, [
      ...words,
      ...['--label-mode', 'shared', '--no-baselines'],
    ])
    compared.push([`${labels}`, [any]])
    const narrow = await studentErrors(bench, `labels-${labels}`, data, ['--width', String(2 * width)])
    rows.push([
      `${labels}`,
      error(any.error.median),
      error(narrow.toSorted((a, b) => a - b)[narrow.length >> 1]),
      error(shared.error.median),
      group(any.floats),
    ])
  }
  return [
    {
      title: 'Labels M2: r = 2, refined',
      columns: [
        'M2',
        'any initialisation',
        'the same, width 2L',
        'one initialisation, itself',
        'numbers stored',
      ],
      rows,
    },
    referenceTable('M2', compared),
  ]
}

/** What has to fail, how it says so, and what references make of the same data. */
export async function failures(bench: Bench): Promise<Table[]> {
  const { inputs: d, examples, width } = bench.sizes
  const base = ['--width', String(width)]
  const cases: [string, readonly string[]][] = [
    [
      'H = 0: h₃ alone, no refinement',
      [`multi-index:${examples},d=${d},r=1,link=cubic`, '--rank', '1', '--refinement', '0'],
    ],
    ['H = 0 with refinement', [`multi-index:${examples},d=${d},r=1,link=cubic`, '--rank', '1']],
    ['rank(H) = 1 < r = 2', [`multi-index:${examples},d=${d},r=2,link=deficient`, '--rank', '2']],
    [
      'linear part 1.5 kept, untied points',
      [
        `multi-index:${examples},d=${d},r=2,linear=1.5`,
        '--rank',
        '2',
        '--linear-part',
        'none',
        '--no-tied',
        '--refinement',
        '0',
      ],
    ],
    [
      'linear part 1.5 removed',
      [`multi-index:${examples},d=${d},r=2,linear=1.5`, '--rank', '2', '--refinement', '0'],
    ],
    ['n = d²/4', [`multi-index:${Math.round((d * d) / 4)},d=${d},r=2`, '--rank', '2', '--refinement', '0']],
    ['M1 = r points', [`multi-index:${examples},d=${d},r=2`, '--rank', '2', '--points', '2']],
    ['30 steps', [`multi-index:${examples},d=${d},r=2`, '--rank', '2', '--steps', '30', '--refinement', '0']],
    [
      'weight decay inside performance matching',
      [`multi-index:${examples},d=${d},r=2`, '--rank', '2', '--matching', 'performance', '--inner-reset'],
    ],
  ]
  const rows: string[][] = []
  const compared: [string, TwoLayerRun[]][] = []
  for (const [i, [name, words]] of cases.entries()) {
    const outcome = await tryDistill(bench, `failure-${i}`, [...words, ...base])
    rows.push([name, ...told(outcome)])
    if ('run' in outcome) compared.push([name, [outcome.run]])
  }
  return [
    { title: 'What has to fail', columns: ['case', 'median error', 'largest angle', 'what is said'], rows },
    referenceTable('case', compared),
  ]
}

function told(outcome: Outcome): string[] {
  if ('refused' in outcome) return ['–', '–', `refused: ${outcome.refused}`]
  const { error: found, angles, preconditions }: TwoLayerRun = outcome.run
  const failed = preconditions.filter(({ holds }) => holds === false).map(({ id }) => id)
  return [
    error(found.median),
    angles ? `${Math.max(...angles).toFixed(1)}°` : '–',
    failed.length > 0 ? `warned: ${failed.join(', ')}` : 'no warning',
  ]
}

import type { Bench } from '../../bench.ts'
import type { Table } from '../../part.ts'
import { group } from '../../wording.ts'
import type { Outcome, TwoLayerRun } from './answers.ts'
import { distillSet, errorOf, studentErrors, tryDistill } from './answers.ts'
import { error } from './wording.ts'

/** Memory: error flat while numbers grow with d; a knee in M1 between r + 1 and r², at the same place for two d. */
export async function memoryLaw(bench: Bench): Promise<Table[]> {
  const { inputs, width } = bench.sizes
  const dimensions = [inputs / 4, inputs / 2, inputs].map(Math.round)
  const rows: string[][] = []
  for (const d of dimensions) {
    const data = `multi-index:${4 * d * d},d=${d},r=2,seed=1`
    const refined = await distillSet(bench, `d${d}`, [data, '--rank', '2', '--width', String(width)])
    const plain = await distillSet(bench, `d${d}-plain`, [
      ...[data, '--rank', '2', '--width', String(width), '--refinement', '0', '--no-baselines'],
    ])
    rows.push([
      `${d}`,
      group(4 * d * d),
      error(refined.error.median),
      error(plain.error.median),
      error(errorOf(refined, 'teacher') ?? NaN),
      group(refined.floats),
      group(4 * d * d * (d + 1)),
    ])
  }
  const grid = [2, 3, 4, 8, 16]
  const sweep: string[][] = []
  for (const d of [Math.round(inputs / 2), inputs]) {
    const errors: string[] = []
    for (const points of grid) {
      const data = `multi-index:${Math.max(bench.sizes.examples / 4, 4 * d * d)},d=${d},r=2,seed=1`
      const run = await distillSet(bench, `m${points}-${d}`, [
        ...[data, '--points', String(points), '--width', String(width), '--no-baselines'],
      ])
      errors.push(error(run.error.median))
    }
    sweep.push([`d = ${d}`, ...errors])
  }
  return [
    {
      title: 'Memory against d: r = 2, n = 4 d²',
      columns: [
        'd',
        'n',
        'refined',
        'not refined',
        'one-step teacher',
        'numbers stored',
        'numbers of the data',
      ],
      rows,
    },
    {
      title: 'Points M1: r = 2, refined',
      columns: ['', ...grid.map((points) => `M1 = ${points}`)],
      rows: sweep,
    },
  ]
}

/** Examples: error against n in units of d². */
export async function sampleLaw(bench: Bench): Promise<Table> {
  const { inputs: d, width } = bench.sizes
  const rows: string[][] = []
  for (const share of [0.25, 0.5, 1, 2, 4]) {
    const n = Math.round(share * d * d)
    const words = [`multi-index:${n},d=${d},r=2,seed=1`, '--rank', '2', '--width', String(width)]
    const refined = await distillSet(bench, `n${n}`, [...words, '--no-baselines'])
    const plain = await distillSet(bench, `n${n}-plain`, [...words, '--refinement', '0', '--no-baselines'])
    const warned = plain.preconditions.some(({ id, holds }) => id === 'enough-examples' && holds === false)
    rows.push([
      `${share}`,
      group(n),
      error(refined.error.median),
      error(plain.error.median),
      error(errorOf(refined, 'teacher') ?? NaN),
      warned ? 'yes' : 'no',
    ])
  }
  return {
    title: `Examples against d²: d = ${d}, r = 2`,
    columns: ['n/d²', 'n', 'refined', 'not refined', 'one-step teacher', 'warned without refinement'],
    rows,
  }
}

/** Labels: how many, and for which initialisations. */
export async function labelLaw(bench: Bench): Promise<Table> {
  const { inputs: d, examples, width } = bench.sizes
  const data = `multi-index:${examples},d=${d},r=2,seed=1`
  const rows: string[][] = []
  const counts = new Set([16, 8, 4, 2, 1].map((share) => Math.max(10, Math.round(width / share))))
  for (const labels of counts) {
    const words = [
      data,
      '--rank',
      '2',
      '--width',
      String(width),
      '--label-count',
      String(labels),
      '--no-baselines',
    ]
    const any = await distillSet(bench, `labels-${labels}`, words)
    const shared = await distillSet(bench, `labels-${labels}-shared`, [...words, '--label-mode', 'shared'])
    const narrow = await studentErrors(bench, `labels-${labels}`, data, ['--width', String(2 * width)])
    rows.push([
      `${labels}`,
      error(any.error.median),
      error(narrow.toSorted((a, b) => a - b)[narrow.length >> 1]),
      error(shared.error.median),
      group(any.floats),
    ])
  }
  return {
    title: 'Labels M2: r = 2, refined',
    columns: [
      'M2',
      'any initialisation',
      'the same, width 2L',
      'one initialisation, itself',
      'numbers stored',
    ],
    rows,
  }
}

/** What has to fail, and how it says so. */
export async function failures(bench: Bench): Promise<Table> {
  const { inputs: d, examples, width } = bench.sizes
  const base = ['--width', String(width), '--no-baselines']
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
  for (const [i, [name, words]] of cases.entries()) {
    rows.push([name, ...told(await tryDistill(bench, `failure-${i}`, [...words, ...base]))])
  }
  return {
    title: 'What has to fail',
    columns: ['case', 'median error', 'largest angle', 'what is said'],
    rows,
  }
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

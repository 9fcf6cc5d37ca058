import type { Figure, Findings, Part, Table } from '../part.ts'
import { group } from '../wording.ts'
import { error, mean } from '../parts/two-layer/wording.ts'
import type { Cell } from './cells.ts'
import { lawOf, measureCells, sweepFile, targetError } from './cells.ts'
import type { Exponent } from './exponent.ts'
import { exponentOf } from './exponent.ts'
import { countingBound, memoryPicture } from './picture.ts'
import { reachedText, referencesAtSmallestMemory, storedReferences } from './references.ts'
import { bySize, distinct, fileOf, missing, storedCells } from './stored-cells.ts'
import { sweeps } from './sweeps.ts'

const about = [
  `The fewest numbers with which fresh students (median of nine) reach a relative test error of ${targetError}, by search: ` +
    'points M1 from the counting bound up to 2 r², each with a distillation and refinement of its own, and for each M1 the ' +
    'fewest labels M2 ≤ L, in steps of a fifth. That error is above what students of every r here reach with 2 r² points and ' +
    'L labels; r is swept at twice the width, since five directions need wider students. A set is the one that `retort distill multi-index:n,d=…,r=…,seed=S --seed S --rank r ' +
    '--points M1 --label-count M2 --width L` writes; the search holds each task in memory, as the command line does not ' +
    'between two commands.',
  'Numbers stored are M1 (d + 1) + M2 + (d + 1) + 5 + r: points, labels, linear part, scalars, pivots. The counting bound ' +
    'is r + 1 points (1 for r = 1) and the linear part, without a label: fewer points cannot express a generic quadratic.',
]

export const memorySweeps: readonly Part[] = sweeps.map((sweep) => ({
  name: fileOf(sweep),
  title: `Two-layer networks: smallest memory, ${sweep.title}`,
  async measure(bench) {
    const begun = await bench.begun(fileOf(sweep))
    const found = begun === undefined ? [] : sweepFile.parse(begun).cells
    const cells = await measureCells(sweep.sizes(bench.sizes), found, (some) =>
      bench.leave(fileOf(sweep), { cells: some }),
    )
    const taken = cells.filter((cell) => found.includes(cell)).length
    const resumed = `${taken} of ${cells.length} cells are those of an earlier run of this sweep that was stopped, on a machine of its own.`
    return {
      about: taken > 0 && taken < cells.length ? [...about, resumed] : about,
      figures: [],
      tables: [cellTable(cells)],
      files: { json: `${JSON.stringify({ cells }, undefined, 1)}\n` },
    }
  },
}))

/** The law over all sweeps that were measured before. */
export const memoryLaw: Part = {
  name: 'two-layer-memory',
  title: 'Two-layer networks: memory against d, r and L',
  async measure(bench): Promise<Findings> {
    const absent = await missing(bench)
    const beside = await storedReferences(bench)
    const inputs = await storedCells(bench, ['inputs', 'inputs-4', 'inputs-8'])
    const directions = await storedCells(bench, ['directions', 'directions-4', 'directions-5'])
    const widths = await storedCells(bench, ['widths'])
    const all = distinct([...inputs, ...directions, ...widths])
    const d = (cell: Cell) => cell.inputs
    const r = (cell: Cell) => cell.directions
    const width = (cell: Cell) => cell.width
    const laws = [lawRow('d', inputs, d), lawRow('r', directions, r), lawRow('L', widths, width)]
    return {
      about: [
        ...about,
        'Fitted to the cells of the tables of `two-layer-memory-inputs`, `-inputs-4`, `-inputs-8`, `-directions`, ' +
          '`-directions-4`, `-directions-5` and `-widths`; every task is one point of a fit. Exponents are least squares of logarithms with 95 % intervals (t).',
        ...(absent.length > 0 ? [`Not measured: ${absent.join(', ')}.`] : []),
        beside === undefined
          ? 'References at the smallest memory are not measured; `two-layer-memory-references` does.'
          : 'References at the smallest memory, for one task of each size, are those of ' +
            `[two-layer-memory-references](${bench.month}-two-layer-memory-references.md), where the commands are. ` +
            reachedText(beside.cells),
        '![numbers stored against d, r and L](MONTH-two-layer-memory.svg)'.replace('MONTH', bench.month),
      ],
      figures: figuresOf(all, laws),
      tables: [
        exponentTable(laws, widths),
        summaryTable(all),
        ...(beside === undefined ? [] : [referencesAtSmallestMemory(beside.cells)]),
      ],
      files: {
        svg: memoryPicture([
          { label: 'd', cells: inputs, of: d },
          { label: 'r', cells: directions, of: r },
          { label: 'L', cells: widths, of: width },
        ]),
      },
    }
  },
}

interface LawRow {
  readonly against: string
  readonly memory: Exponent
  readonly points: Exponent
  readonly labels: Exponent
  readonly law: Exponent
  readonly bound: Exponent
}

function lawRow(against: string, cells: readonly Cell[], of: (cell: Cell) => number): LawRow {
  const reached = cells.filter((cell) => cell.reached)
  const fit = (value: (cell: Cell) => number) => exponentOf(reached.map((cell) => [of(cell), value(cell)]))
  return {
    against,
    memory: fit(({ memory }) => memory),
    points: fit(({ points, inputs }) => points * inputs),
    labels: fit(({ labels }) => labels),
    law: fit(lawOf),
    bound: fit(countingBound),
  }
}

function figuresOf(all: readonly Cell[], [d, r, width]: readonly LawRow[]): Figure[] {
  const missed = all.filter(({ reached }) => !reached).length
  const largest = Math.max(...all.filter(({ reached }) => reached).map((cell) => cell.memory / lawOf(cell)))
  const below = (what: string, { interval, slope }: Exponent, most: number): Figure => ({
    what,
    measured: `${slope.toFixed(2)} ${range(interval)}`,
    needed: `interval below ${most}`,
    holds: interval[1] < most,
  })
  return [
    {
      what: `tasks that reach ${targetError}`,
      measured: `${all.length - missed} of ${all.length}`,
      needed: 'all',
      holds: missed === 0,
    },
    {
      what: 'largest memory over r² d + L',
      measured: largest.toFixed(2),
      needed: '≤ 2',
      holds: largest <= 2,
    },
    below('exponent of memory in d', d.memory, 1.1),
    below('exponent of memory in r', r.memory, 2),
    below('exponent of memory in L', width.memory, 1),
  ]
}

function exponentTable(laws: readonly LawRow[], widths: readonly Cell[]): Table {
  const text = ({ slope, interval }: Exponent) => `${slope.toFixed(2)} ${range(interval)}`
  const own = exponentOf(widths.map(({ width, featurePoint }) => [width, featurePoint.memory]))
  return {
    title: 'Exponents over the sweeps, with 95 % intervals',
    columns: [
      'against',
      'numbers stored',
      'numbers of the points, M1 d',
      'labels M2',
      'r² d + L',
      'counting bound',
      'tasks',
    ],
    rows: [
      ...laws.map(({ against, memory, points, labels, law, bound }) => [
        against,
        text(memory),
        text(points),
        text(labels),
        law.slope.toFixed(2),
        bound.slope.toFixed(2),
        `${memory.points}`,
      ]),
      [
        'L, second layer of one initialisation stored (M2 = L)',
        text(own),
        '–',
        '1',
        '–',
        '–',
        `${own.points}`,
      ],
    ],
  }
}

/** Means over tasks of one size. */
function summaryTable(cells: readonly Cell[]): Table {
  const rows = bySize(cells).map((group_) => {
    const [{ inputs, directions, width, examples }] = group_
    const reached = group_.filter((cell) => cell.reached)
    const law = lawOf(group_[0])
    const memory = reached.length > 0 ? mean(reached.map((cell) => cell.memory)) : NaN
    return [
      `${inputs}`,
      `${directions}`,
      `${width}`,
      group(examples),
      `${reached.length} of ${group_.length}`,
      reached.map(({ points }) => points).join(', '),
      reached.map(({ labels }) => labels).join(', '),
      reached.length > 0 ? group(memory) : '–',
      group(law),
      reached.length > 0 ? (memory / law).toFixed(2) : '–',
      group(countingBound(group_[0])),
      group(examples * (inputs + 1)),
    ]
  })
  return {
    title: `Smallest memory for an error of ${targetError}, means over tasks`,
    columns: [
      'd',
      'r',
      'L',
      'n',
      'tasks',
      'M1',
      'M2',
      'numbers stored',
      'r² d + L',
      'ratio',
      'counting bound',
      'numbers of the data',
    ],
    rows,
  }
}

function cellTable(cells: readonly Cell[]): Table {
  return {
    title: `Smallest memory for an error of ${targetError}`,
    columns: [
      'd',
      'r',
      'L',
      'n',
      'seed',
      'M1',
      'M2',
      'numbers stored',
      'error',
      'error with L labels',
      'r² d + L',
      'counting bound',
      'one initialisation: error',
      'its numbers',
      'seconds',
    ],
    rows: cells.map((cell) => [
      `${cell.inputs}`,
      `${cell.directions}`,
      `${cell.width}`,
      group(cell.examples),
      `${cell.seed}`,
      `${cell.points}`,
      `${cell.labels}`,
      cell.reached ? group(cell.memory) : `not reached (${group(cell.memory)})`,
      error(cell.error),
      error(cell.allLabels),
      group(lawOf(cell)),
      group(countingBound(cell)),
      error(cell.featurePoint.error),
      group(cell.featurePoint.memory),
      cell.seconds.toFixed(0),
    ]),
  }
}

function range([low, high]: readonly [number, number]): string {
  return `[${low.toFixed(2)}, ${high.toFixed(2)}]`
}

import { existsSync } from 'node:fs'
import type { Score } from '../../answers.ts'
import { distill } from '../../answers.ts'
import type { Bench } from '../../bench.ts'
import type { Figure, Table } from '../../part.ts'
import { group } from '../../wording.ts'
import type { TwoLayerRun } from './answers.ts'
import { distillSet } from './answers.ts'
import { error } from './wording.ts'

interface Case {
  readonly name: string
  readonly path: readonly string[]
  readonly words: readonly string[]
  /** Whether a linear model misses most of it, so that the two-layer set has to be clear of ridge's. */
  readonly curved: boolean
}

const real = (column: string) => ['--target', column, '--target-kind', 'real']
const pair = (positive: string, negative: string) => ['--positive', positive, '--negative', negative]

const cases: readonly Case[] = [
  { name: 'Adult, income', path: ['tabular', 'adult.data'], words: [], curved: false },
  { name: 'Adult, age', path: ['tabular', 'adult.data'], words: real('x0'), curved: false },
  {
    name: 'Letters, mean column of the ink from the other columns and the letter',
    path: ['tabular', 'letter-recognition.data'],
    words: real('x6'),
    curved: true,
  },
  { name: 'MNIST, 3 against 5', path: ['mnist'], words: pair('3', '5'), curved: false },
  { name: 'MNIST, 4 against 9', path: ['mnist'], words: pair('4', '9'), curved: false },
]
const points = 16

interface Row {
  readonly name: string
  readonly points: number
  readonly numbers: number
  readonly score: Score
}

/** Two classes, real targets, pairs of digits: the set beside sets of as many numbers, on data without a known truth. */
export async function realData(bench: Bench): Promise<{ tables: Table[]; figures: Figure[] }> {
  const tables: Table[] = []
  const figures: Figure[] = []
  for (const [i, task] of cases.entries()) {
    const path = bench.data(...task.path)
    if (!existsSync(path)) {
      tables.push({ title: `${task.name}: no data`, columns: ['trained on'], rows: [] })
      continue
    }
    const run = await distillSet(bench, `real-${i}`, [
      ...[path, ...task.words, '--points', `${points}`, '--width', `${bench.sizes.width}`],
    ])
    const rows = await rowsOf(bench, run, [path, ...task.words], `real-${i}`)
    tables.push(tableOf(task.name, rows, run.directions))
    figures.push(...figuresOf(task, rows))
  }
  return { tables, figures }
}

/** The set, ridge's of as many numbers, and the rest of the comparison. */
async function rowsOf(
  bench: Bench,
  { comparison, memory, floats }: TwoLayerRun,
  words: readonly string[],
  name: string,
): Promise<Row[]> {
  const own = comparison.map((row): Row => {
    const numbers = memory.find((entry) => entry.name === row.name)?.floats ?? NaN
    return { name: row.name, points: row.points, numbers, score: row.score }
  })
  const perPoint = ratioOf(own.find((row) => row.name === 'random'))
  const count = Math.floor(floats / perPoint)
  const ridge = await distill(bench, `${name}-ridge`, [...words, '--points', `${count}`])
  const score = ridge.comparison.find((row) => row.name === 'distilled')?.score
  if (score === undefined) throw new RangeError('the comparison has the distilled set')
  const [first, ...others] = own.toSorted((a, b) => orderOf(a) - orderOf(b))
  return [first, { name: 'ridge, distilled', points: count, numbers: count * perPoint, score }, ...others]
}

/** Numbers of one real example. */
function ratioOf(row: Row | undefined): number {
  if (row === undefined) throw new RangeError('the comparison has random examples')
  return row.numbers / row.points
}

/** The distilled set, then what is of equal memory, then what saw all the data. */
function orderOf({ name }: Row): number {
  if (name === 'distilled') return 0
  return equals.includes(name) ? 1 : 2
}
const equals: readonly string[] = ['random', 'herding', 'k-means', 'k-center']

function tableOf(name: string, rows: readonly Row[], directions: number): Table {
  const [{ score }] = rows
  const what = score.metric === 'accuracy' ? 'share of wrong classes' : 'error relative to the variance'
  return {
    title: `${name}: ${what}, ${group(score.n)} examples scored, ${directions} directions found`,
    columns: ['trained on', 'points or examples', 'numbers', 'error [95 %]', 'n'],
    rows: rows.map((row) => [
      row.name === 'distilled' ? '**two-layer, distilled**' : row.name,
      group(row.points),
      group(row.numbers),
      errorText(row.score),
      group(row.score.n),
    ]),
  }
}

/** The set against the best real examples and ridge's set of equal memory, by their intervals. */
function figuresOf({ name, curved }: Case, [own, ...rows]: readonly Row[]): Figure[] {
  const [value, , high] = errorOf(own.score)
  const best = rows
    .filter((row) => equals.includes(row.name))
    .reduce((a, b) => (errorOf(b.score)[0] < errorOf(a.score)[0] ? b : a))
  const real = errorOf(best.score)[1]
  const ridge = rows.find((row) => row.name.startsWith('ridge'))
  if (ridge === undefined) throw new RangeError('the rows have the set of ridge')
  const [, ridgeLow, ridgeHigh] = errorOf(ridge.score)
  return [
    {
      what: `${name}: against the best real examples of equal memory`,
      measured: errorText(own.score),
      needed: `upper end below ${error(real)} (${best.name})`,
      holds: high < real,
    },
    {
      what: `${name}: against the ridge set of equal memory`,
      measured: errorText(own.score),
      needed: curved
        ? `upper end below ${error(ridgeLow)}`
        : `value ≤ ${error(ridgeHigh)}, the upper end of ridge`,
      holds: curved ? high < ridgeLow : value <= ridgeHigh,
    },
  ]
}

/** Value, lower and upper end of 1 − accuracy or 1 − r². */
function errorOf({ value, interval }: Score): [number, number, number] {
  return [1 - value, 1 - interval[1], 1 - interval[0]]
}

function errorText(score: Score): string {
  const [value, low, high] = errorOf(score)
  return `${error(value)} [${error(low)}, ${error(high)}]`
}

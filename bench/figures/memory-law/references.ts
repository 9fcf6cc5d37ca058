import { z } from 'zod'
import type { Bench } from '../bench.ts'
import type { Figure, Findings, Part, Table } from '../part.ts'
import { distillSet, distillWords, errorOf, memory } from '../parts/two-layer/answers.ts'
import { referenceTable } from '../parts/two-layer/references.ts'
import { error } from '../parts/two-layer/wording.ts'
import { group } from '../wording.ts'
import type { Cell } from './cells.ts'
import { targetError } from './cells.ts'
import { bySize, distinct, missing, storedCells } from './stored-cells.ts'
import { sweeps } from './sweeps.ts'

const name = 'two-layer-memory-references'

/** Numbers of the data, n (d + 1): the command line draws them again in every pass, which are more than twenty. */
const mostNumbers = 2e8

const coresets = ['random', 'herding', 'k-means', 'k-center']

const comparedCell = z.object({
  inputs: z.number(),
  examples: z.number(),
  directions: z.number(),
  width: z.number(),
  seed: z.number(),
  points: z.number(),
  labels: z.number(),
  stored: z.number(),
  /** Median errors of fresh students: what the search found, and what the command line writes. */
  searched: z.number(),
  written: z.number(),
  memory,
})
/** The smallest set of one task, written by the command line beside every reference. */
type ComparedCell = z.output<typeof comparedCell>

const referenceFile = z.object({ cells: z.array(comparedCell) })

/** One task of every size that the sweeps measured, at the memory that the search found for it. */
export const memoryReferences: Part = {
  name,
  title: 'Two-layer networks: references at the smallest memory',
  async measure(bench): Promise<Findings> {
    const absent = await missing(bench)
    const all = distinct(
      await storedCells(
        bench,
        sweeps.map((sweep) => sweep.name),
      ),
    )
    const firsts = bySize(all).map(([first]) => first)
    const chosen = firsts.filter((cell) => numbersOf(cell) <= mostNumbers)
    const left = firsts.filter((cell) => !chosen.includes(cell))
    const earlier = (await storedReferences(bench))?.cells ?? []
    const cells: ComparedCell[] = []
    for (const cell of chosen) {
      const known = earlier.find((each) => isOf(each, cell))
      if (known) bench.list(distillWords(...wordsOf(cell)))
      cells.push(known ?? (await compared(bench, cell)))
      await bench.leave(name, { cells })
    }
    const taken = cells.filter((cell) => earlier.includes(cell)).length
    return {
      about: [
        `For one task of every size (the first seed) the smallest set that the search of \`two-layer-memory\` found, written by ` +
          'the command line: `retort distill multi-index:n,d=…,r=…,seed=S --seed S --rank r --points M1 --label-count M2 ' +
          '--width L`, with baselines. Nothing is searched again. Both errors are medians over nine fresh students.',
        'Random and coreset examples are as many numbers as that set, ⌊numbers / (d + 1)⌋ real examples, trained as the teacher with ' +
          'λ and linear part chosen on a hold-out; teachers, oracle and random features are of width L and see all examples. ' +
          reachedText(cells),
        ...left.map(
          (cell) =>
            `Left out: ${sizeText(cell)}, n = ${group(cell.examples)}. Its ${group(numbersOf(cell))} numbers would be drawn ` +
            'again in each of more than twenty passes, which takes longer than ten minutes with one thread.',
        ),
        ...(absent.length > 0 ? [`Not measured: ${absent.join(', ')}.`] : []),
        ...(taken > 0
          ? [`${taken} of ${cells.length} cells are those of an earlier run, and are not measured again.`]
          : []),
      ],
      figures: figuresOf(cells),
      tables: [cellTable(cells), referencesAtSmallestMemory(cells)],
      files: { json: `${JSON.stringify({ cells }, undefined, 1)}\n` },
    }
  },
}

/** What was measured in this month; undefined where nothing was. */
export async function storedReferences(bench: Bench) {
  const found = await bench.begun(name)
  return found === undefined ? undefined : referenceFile.parse(found)
}

export function referencesAtSmallestMemory(cells: readonly ComparedCell[]): Table {
  return referenceTable(
    'task',
    cells.map((cell) => [sizeText(cell), [cell]]),
  )
}

/** How many of these tasks the references reach. */
export function reachedText(cells: readonly ComparedCell[]): string {
  const reached = (names: readonly string[]) =>
    cells.filter((cell) => names.some((each) => (errorOf(cell, each) ?? Infinity) <= targetError)).length
  return (
    `Of these ${cells.length} tasks the teacher on all examples reaches ${targetError} on ${reached(['teacher'])} in one step and on ` +
    `${reached(['teacher, 3 steps'])} in three, random features or NTK ridge on ${reached(['random features', 'NTK ridge'])}, ` +
    `real examples of as many numbers on ${reached(coresets)}.`
  )
}

async function compared(bench: Bench, cell: Cell): Promise<ComparedCell> {
  const { inputs, examples, directions, width, seed, points, labels } = cell
  const { floats, error: written, memory: rows } = await distillSet(bench, ...wordsOf(cell))
  return {
    ...{ inputs, examples, directions, width, seed, points, labels },
    stored: floats,
    searched: cell.error,
    written: written.median,
    memory: rows,
  }
}

/** Name and settings of the set that the search found. */
function wordsOf({ inputs, examples, directions, width, seed, points, labels }: Cell): [string, string[]] {
  return [
    `d${inputs}-r${directions}-l${width}-${seed}`,
    [
      ...[`multi-index:${examples},d=${inputs},r=${directions},seed=${seed}`, '--seed', `${seed}`],
      ...['--rank', `${directions}`, '--points', `${points}`],
      ...['--label-count', `${labels}`, '--width', `${width}`],
    ],
  ]
}

function isOf(known: ComparedCell, cell: Cell): boolean {
  const same = (['inputs', 'examples', 'directions', 'width', 'seed', 'points', 'labels'] as const).every(
    (key) => known[key] === cell[key],
  )
  return same && known.searched === cell.error
}

function figuresOf(cells: readonly ComparedCell[]): Figure[] {
  const largest = Math.max(...cells.map(({ written }) => written))
  const lowest = Math.min(...cells.flatMap((cell) => coresets.flatMap((each) => errorOf(cell, each) ?? [])))
  return [
    {
      what: 'largest error of the sets that the command line writes',
      measured: error(largest),
      needed: `≤ ${targetError}`,
      holds: largest <= targetError,
    },
    {
      what: 'lowest error of random or coreset examples of as many numbers',
      measured: error(lowest),
      needed: `> ${targetError}`,
      holds: lowest > targetError,
    },
  ]
}

function cellTable(cells: readonly ComparedCell[]): Table {
  return {
    title: `Sets of the smallest memory for an error of ${targetError}, written by the command line`,
    columns: [
      ...['task', 'n', 'seed', 'M1', 'M2', 'numbers stored', 'real examples of as many'],
      ...['error, searched', 'error, written'],
    ],
    rows: cells.map((cell) => [
      sizeText(cell),
      group(cell.examples),
      `${cell.seed}`,
      `${cell.points}`,
      `${cell.labels}`,
      group(cell.stored),
      examplesText(cell),
      cell.searched.toFixed(5),
      cell.written.toFixed(5),
    ]),
  }
}

function examplesText({ memory: rows, inputs }: ComparedCell): string {
  const floats = rows.find((row) => row.name === 'random')?.floats
  return floats === undefined ? '–' : `${floats / (inputs + 1)}`
}

function sizeText({ inputs, directions, width }: Pick<Cell, 'inputs' | 'directions' | 'width'>): string {
  return `d = ${inputs}, r = ${directions}, L = ${width}`
}

function numbersOf({ examples, inputs }: Cell): number {
  return examples * (inputs + 1)
}

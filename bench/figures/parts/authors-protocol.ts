import type { Distilled } from '../answers.ts'
import { distill } from '../answers.ts'
import type { Bench } from '../bench.ts'
import type { Figure, Table } from '../part.ts'
import { deviation, mean, together } from '../turns.ts'
import { ridgeText } from '../wording.ts'

/** Of weights, of the split and of everything else. */
const seeds = [0, 1, 2, 3, 4]
/** Sample deviations within which a single published run is an ordinary one. */
const ordinary = 2

/** How λ is found: as the authors write, and the limit that their float32 solves and 2500 images may have led to. */
const bestOnHoldOut = { name: 'best on the hold-out', words: [] } as const
const smallestCandidate = { name: 'the smallest candidate', words: ['--ridge', '0.000001'] } as const
const rules = [bestOnHoldOut, smallestCandidate]

/** One cell fitted as the authors do, by seed. */
export interface ProtocolRuns {
  readonly recipe: string
  readonly rule: string
  /** Per cent, a single run. */
  readonly published: number
  readonly runs: readonly Distilled[]
}

/**
 * A recipe as its authors run it: W on the 95 % that λ was not chosen on, not fitted again; their grid of λ and their
 * normalisation are the recipe's own. What is left of difference is float32 and the random numbers of PyTorch.
 */
export async function authorsProtocol(
  bench: Bench,
  input: string,
  recipe: string,
  published: number,
): Promise<ProtocolRuns[]> {
  const results: ProtocolRuns[] = []
  for (const [at, rule] of rules.entries()) {
    const tasks = seeds.map((seed) => () => {
      const name = `${recipe.replaceAll('/', '-')}-authors-${at}-${seed}`
      const seeded = ['--no-refit', '--seed', String(seed), ...rule.words, '--no-baselines']
      return distill(bench, name, [input, '--recipe', recipe, ...seeded])
    })
    results.push({ recipe, rule: rule.name, published, runs: await together(tasks, bench.together) })
  }
  return results
}

function originals({ runs }: ProtocolRuns): number[] {
  return runs.map(({ accuracy }) => 100 * accuracy.original)
}

export function protocolTable(all: readonly ProtocolRuns[]): Table {
  return {
    title: `Originals as the authors fit them, ${seeds.length} seeds`,
    columns: [
      'recipe',
      'λ',
      'published (single run)',
      'ours, mean ± deviation over seeds',
      'least to most',
      'published, deviations from the mean',
      'λ by seed',
    ],
    rows: all.map((cell) => {
      const found = originals(cell)
      return [
        cell.recipe,
        cell.rule,
        `${cell.published} %`,
        `${mean(found).toFixed(2)} ± ${deviation(found).toFixed(2)} %`,
        `${Math.min(...found).toFixed(2)} to ${Math.max(...found).toFixed(2)}`,
        away(cell).toFixed(1),
        cell.runs.map(({ ridge }) => ridgeText(ridge)).join(', '),
      ]
    }),
  }
}

/** Under the rule for λ that the authors state; the other is in the table alone, to be read beside it. */
export function protocolFigures(all: readonly ProtocolRuns[], slack: number): Figure[] {
  return all
    .filter(({ rule }) => rule === bestOnHoldOut.name)
    .map((cell) => ({
      what: `${cell.recipe}: mean original under the authors' protocol, λ ${cell.rule}, distance from the published run`,
      measured: `${distance(cell).toFixed(2)} points, ${away(cell).toFixed(1)} deviations`,
      needed: `≤ ${slack} points, or ≤ ${ordinary} deviations`,
      holds: distance(cell) <= slack || away(cell) <= ordinary,
    }))
}

function distance(cell: ProtocolRuns): number {
  return Math.abs(mean(originals(cell)) - cell.published)
}

function away(cell: ProtocolRuns): number {
  return distance(cell) / deviation(originals(cell))
}

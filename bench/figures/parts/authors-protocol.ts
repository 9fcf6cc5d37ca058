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

/** One cell fitted as the authors do, by seed. */
export interface ProtocolRuns {
  readonly recipe: string
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
): Promise<ProtocolRuns> {
  const tasks = seeds.map((seed) => () => {
    const name = `${recipe.replaceAll('/', '-')}-authors-${seed}`
    const words = [input, '--recipe', recipe, '--no-refit', '--seed', String(seed), '--no-baselines']
    return distill(bench, name, words)
  })
  return { recipe, published, runs: await together(tasks, bench.together) }
}

function originals({ runs }: ProtocolRuns): number[] {
  return runs.map(({ accuracy }) => 100 * accuracy.original)
}

export function protocolTable(all: readonly ProtocolRuns[]): Table {
  return {
    title: `Originals as the authors fit them, ${seeds.length} seeds`,
    columns: [
      'recipe',
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
        `${cell.published} %`,
        `${mean(found).toFixed(2)} ± ${deviation(found).toFixed(2)} %`,
        `${Math.min(...found).toFixed(2)} to ${Math.max(...found).toFixed(2)}`,
        away(cell).toFixed(1),
        cell.runs.map(({ ridge }) => ridgeText(ridge)).join(', '),
      ]
    }),
  }
}

export function protocolFigures(all: readonly ProtocolRuns[], slack: number): Figure[] {
  return all.map((cell) => {
    const found = originals(cell)
    const distance = Math.abs(mean(found) - cell.published)
    return {
      what: `${cell.recipe}: mean original under the authors' protocol, distance from the published run`,
      measured: `${distance.toFixed(2)} points, ${away(cell).toFixed(1)} deviations`,
      needed: `≤ ${slack} points, or ≤ ${ordinary} deviations`,
      holds: distance <= slack || away(cell) <= ordinary,
    }
  })
}

function away(cell: ProtocolRuns): number {
  const found = originals(cell)
  return Math.abs(cell.published - mean(found)) / deviation(found)
}

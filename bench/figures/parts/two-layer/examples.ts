import type { Bench } from '../../bench.ts'
import type { Figure, Table } from '../../part.ts'
import { median } from '../../turns.ts'
import { group } from '../../wording.ts'
import type { TwoLayerRun } from './answers.ts'
import { distillSet } from './answers.ts'
import { referenceTable } from './references.ts'
import { error, mean } from './wording.ts'

const shares = [0.2, 0.35, 0.5, 0.75, 1, 2, 4, 8]
/** An error that counts as broken: what the one-step teacher reaches on 4 d² examples. */
const broken = 0.1

interface Measured {
  readonly share: number
  readonly examples: number
  readonly refined: readonly TwoLayerRun[]
  readonly plain: readonly TwoLayerRun[]
}

/** Examples: error against n in units of d², and where it breaks. */
export async function sampleLaw(bench: Bench): Promise<{ tables: Table[]; figures: Figure[] }> {
  const { inputs: d, width, tasks } = bench.sizes
  const measured: Measured[] = []
  for (const share of shares) {
    const examples = Math.round(share * d * d)
    const refined: TwoLayerRun[] = []
    const plain: TwoLayerRun[] = []
    for (let seed = 1; seed <= tasks; seed++) {
      const data = `multi-index:${examples},d=${d},r=2,seed=${seed}`
      const words = [data, '--rank', '2', '--width', `${width}`]
      refined.push(await distillSet(bench, `n${examples}-${seed}`, words))
      const bare = [...words, '--refinement', '0', '--no-baselines']
      plain.push(await distillSet(bench, `n${examples}-${seed}-plain`, bare))
    }
    measured.push({ share, examples, refined, plain })
  }
  const kept = { refined: keptFrom(measured, 'refined'), plain: keptFrom(measured, 'plain') }
  return {
    tables: [
      {
        title: `Examples against d²: d = ${d}, r = 2, ${tasks} tasks (median error, lowest to highest task)`,
        columns: ['n/d²', 'n', 'refined', 'angles', 'not refined', 'angles', 'warned without refinement'],
        rows: measured.map(({ share, examples, refined, plain }) => [
          `${share}`,
          group(examples),
          errorsText(refined),
          anglesText(refined),
          errorsText(plain),
          anglesText(plain),
          `${plain.filter(warned).length} of ${plain.length}`,
        ]),
      },
      referenceTable(
        'n/d²',
        measured.map(({ share, refined }) => [`${share}`, refined]),
      ),
      {
        title: `Where it breaks: the fewest examples from which every task stays at ${broken} or below`,
        columns: ['', 'n/d² that holds', 'n/d² that breaks'],
        rows: [
          ['with refinement', ...breakText(kept.refined)],
          ['without', ...breakText(kept.plain)],
        ],
      },
    ],
    figures: [
      {
        what: `n/d² from which every task stays at ${broken} or below, with refinement`,
        measured: `${kept.refined ?? 'none'}`,
        needed: '≤ 1',
        holds: (kept.refined ?? Infinity) <= 1,
      },
      {
        what: 'the same without refinement',
        measured: `${kept.plain ?? 'none'}`,
        needed: '≤ 4',
        holds: (kept.plain ?? Infinity) <= 4,
      },
    ],
  }
}

/** The smallest share from which on no task is broken. */
function keptFrom(measured: readonly Measured[], kind: 'refined' | 'plain'): number | undefined {
  const last = measured.findLastIndex((each) => each[kind].some((run) => run.error.median > broken))
  return measured[last + 1]?.share
}

function breakText(kept: number | undefined): [string, string] {
  const at = kept === undefined ? shares.length : shares.indexOf(kept)
  return [kept === undefined ? '–' : `${kept}`, at === 0 ? '–' : `${shares[at - 1]}`]
}

function errorsText(runs: readonly TwoLayerRun[]): string {
  const errors = runs.map((run) => run.error.median)
  return `${error(median(errors))} (${error(Math.min(...errors))} to ${error(Math.max(...errors))})`
}

/** Largest angle to the true directions, mean over tasks. */
function anglesText(runs: readonly TwoLayerRun[]): string {
  return `${mean(runs.map(({ angles }) => Math.max(...(angles ?? [NaN])))).toFixed(1)}°`
}

function warned({ preconditions }: TwoLayerRun): boolean {
  return preconditions.some(({ id, holds }) => id === 'enough-examples' && holds === false)
}

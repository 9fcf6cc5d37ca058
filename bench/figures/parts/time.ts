import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { distilled, peerRun } from '../answers.ts'
import type { Bench } from '../bench.ts'
import type { Part, Table } from '../part.ts'
import type { Contender } from '../turns.ts'
import { inTurns, median } from '../turns.ts'
import { seconds } from '../wording.ts'

/** One run from start to end of its process, and what it says of its stages. */
interface Timed {
  readonly wall: number
  readonly stages: Readonly<Record<string, number>>
}

export const time: Part = {
  name: 'time',
  title: 'Time from the files of MNIST to the distilled set',
  async measure(bench) {
    const contenders = [
      retortRun(bench, 'Retort, same work as the script', ['--no-baselines']),
      retortRun(bench, 'Retort, defaults (with the four baselines)', []),
      numpyRun(bench),
    ]
    const timed = await inTurns(contenders, bench.runs)
    const peer = timed[2].map(({ wall }) => wall)
    const ratios = timed.map((runs) => median(runs.map(({ wall }, turn) => wall / peer[turn])))
    return {
      about: [
        'Wall time of whole processes, from start to end: reading the four gzip files, float64 Gram matrix, λ from 18 ' +
          'candidates on a hold-out, W, ten points, their check on the test split, writing. NumPy writes one npz; Retort ' +
          'writes the whole artefact, reads it again and certifies it. Contenders take turns with their default threads; ' +
          'the first turn is dropped. The ratio is the median of the ratios within a turn.',
      ],
      figures: [
        {
          what: 'Retort against the NumPy script, same work, median ratio',
          measured: ratios[0].toFixed(3),
          needed: '≤ 1.0',
          holds: ratios[0] <= 1,
        },
      ],
      tables: [
        {
          title: `Seconds, ${bench.runs} turns`,
          columns: ['program', 'median', 'least', 'most', 'ratio to NumPy'],
          rows: contenders.map(({ name }, i) => {
            const walls = timed[i].map(({ wall }) => wall)
            const figures = [median(walls), Math.min(...walls), Math.max(...walls)]
            return [name, ...figures.map(seconds), ratios[i].toFixed(3)]
          }),
        },
        ...contenders.map(({ name }, i) => stageTable(name, timed[i])),
      ],
    }
  },
}

function retortRun(bench: Bench, name: string, words: readonly string[]): Contender<Timed> {
  return {
    name,
    async run() {
      // Replacing an artefact costs its verification; a new one does not.
      await rm(join(bench.folder, 'timed'), { recursive: true, force: true })
      const run = await bench.retort(['distill', bench.data('mnist'), ...words, '-o', 'timed'])
      return { wall: run.seconds, stages: distilled.parse(run.result).seconds }
    },
  }
}

function numpyRun(bench: Bench): Contender<Timed> {
  return {
    name: 'NumPy, bench/peers/mnist_ridge.py',
    async run() {
      const run = await bench.peer('mnist_ridge.py', [bench.data('mnist'), 'peer.npz'])
      return { wall: run.seconds, stages: peerRun.parse(run.result).seconds }
    },
  }
}

/** Median of every stage, and of what its process took beside them: starting, loading, ending. */
function stageTable(name: string, runs: readonly Timed[]): Table {
  const names = Object.keys(runs[0].stages).filter((stage) => stage !== 'total')
  const rows = names.map((stage) => [stage, seconds(median(runs.map(({ stages }) => stages[stage])))])
  const beside = median(runs.map(({ wall, stages }) => wall - stages.total))
  return {
    title: `Stages: ${name}`,
    columns: ['stage', 'seconds (median)'],
    rows: [...rows, ['starting and ending the process', seconds(beside)]],
  }
}

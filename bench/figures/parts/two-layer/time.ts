import type { Bench } from '../../bench.ts'
import type { Figure, Table } from '../../part.ts'
import { inTurns, median } from '../../turns.ts'
import { seconds } from '../../wording.ts'
import { distillSet, peerAnswer } from './answers.ts'
import { error } from './wording.ts'

interface Timed {
  readonly distil: number
  readonly error: number
}

/** The port-sized task (d = 50, n = 10 000, L = 200) against NumPy, in turns. */
export async function timeAgainstNumPy(bench: Bench): Promise<{ table: Table; figures: Figure[] }> {
  const words = ['multi-index:10000,d=50,r=2,seed=1', '--rank', '2', '--width', '200', '--label-count', '100']
  const contenders = [
    {
      name: 'Retort',
      async run(turn: number): Promise<Timed> {
        const run = await distillSet(bench, `time-${turn}`, [...words, '--students', '6', '--no-baselines'])
        return { distil: run.seconds.distill, error: run.error.median }
      },
    },
    {
      name: 'NumPy (bench/peers/two_layer_numpy.py)',
      async run(): Promise<Timed> {
        const { seconds: spent, errors } = peerAnswer.parse(
          (await bench.peer('two_layer_numpy.py', [])).result,
        )
        return { distil: spent.distill, error: median(errors) }
      },
    },
  ]
  const timed = await inTurns(contenders, bench.runs)
  const [own, peer] = timed.map((runs) => median(runs.map(({ distil }) => distil)))
  const ratio = median(timed[0].map(({ distil }, turn) => distil / timed[1][turn].distil))
  return {
    table: {
      title: `Seconds of distillation, d = 50, n = 10 000, L = 200, ${bench.runs} turns`,
      columns: ['program', 'median seconds', 'median error'],
      rows: contenders.map(({ name }, i) => [
        name,
        seconds(i === 0 ? own : peer),
        error(median(timed[i].map((each) => each.error))),
      ]),
    },
    figures: [
      {
        what: 'distillation against NumPy in the same run, median ratio of times',
        measured: ratio.toFixed(2),
        needed: '≤ 0.5',
        holds: ratio <= 0.5,
      },
    ],
  }
}

import type { Bench } from '../../bench.ts'
import type { Figure, Table } from '../../part.ts'
import { inTurns, median } from '../../turns.ts'
import { group, seconds } from '../../wording.ts'
import { distillSet, peerAnswer } from './answers.ts'
import { error } from './wording.ts'

interface Case {
  readonly name: string
  readonly inputs: number
  readonly examples: number
  readonly width: number
  readonly labels: number
  readonly students: number
  readonly refinement: number
  /** Of the time of NumPy. */
  readonly mostShare?: number
}

interface Timed {
  /** From the examples in memory to the labels. */
  readonly distil: number
  /** The whole process: data, distillation, students, and (Retort) teacher, certificate and report. */
  readonly process: number
  readonly error: number
}

/** The case of the main table, and the smaller one that the specification gives for ports; two directions. */
function casesOf({ sizes: { inputs, examples, width } }: Bench): Case[] {
  const whole = { inputs, examples, width, labels: width, students: 10, refinement: 15, mostShare: 0.5 }
  const port = { inputs: 50, examples: 10_000, width: 200, labels: 100, students: 6, refinement: 10 }
  return [
    { name: 'main', ...whole },
    { name: 'small', ...port },
  ]
}

/** Both cases against NumPy, in turns. */
export async function timeAgainstNumPy(bench: Bench): Promise<{ tables: Table[]; figures: Figure[] }> {
  const rows: string[][] = []
  const figures: Figure[] = []
  for (const task of casesOf(bench)) {
    const timed = await timesOf(bench, task)
    const ratio = median(timed[0].map(({ distil }, turn) => distil / timed[1][turn].distil))
    for (const [i, name] of ['Retort', 'NumPy (bench/peers/two_layer_numpy.py)'].entries()) {
      const of = (value: (each: Timed) => number) => median(timed[i].map(value))
      rows.push([
        `d = ${task.inputs}, n = ${group(task.examples)}, L = ${task.width}`,
        name,
        seconds(of(({ distil }) => distil)),
        i === 0 ? ratio.toFixed(2) : '1',
        seconds(of(({ process }) => process)),
        error(of((each) => each.error)),
      ])
    }
    const { mostShare } = task
    if (mostShare === undefined) continue
    figures.push({
      what: 'distillation against NumPy in the same run, median ratio of times',
      measured: ratio.toFixed(2),
      needed: `≤ ${mostShare}`,
      holds: ratio <= mostShare,
    })
  }
  return {
    tables: [
      {
        title: `Seconds for two directions, ${bench.runs} turns`,
        columns: ['task', 'program', 'distillation', 'ratio', 'whole process', 'median error'],
        rows,
      },
    ],
    figures,
  }
}

function timesOf(bench: Bench, task: Case): Promise<Timed[][]> {
  const { name, inputs, examples, width, labels, students, refinement } = task
  const settings = ['--width', width, '--students', students, '--refinement', refinement].map(String)
  const own = {
    name: 'Retort',
    async run(turn: number): Promise<Timed> {
      const begin = performance.now()
      const run = await distillSet(bench, `${name}-${turn}`, [
        ...[`multi-index:${examples},d=${inputs},r=2,seed=1`, '--rank', '2', ...settings],
        ...['--label-count', `${labels}`, '--no-baselines'],
      ])
      const process = (performance.now() - begin) / 1000
      return { distil: run.seconds.distill, process, error: run.error.median }
    },
  }
  const peer = {
    name: 'NumPy',
    async run(): Promise<Timed> {
      const sizes = ['--inputs', inputs, '--examples', examples, '--labels', labels].map(String)
      const { result, seconds: process } = await bench.peer('two_layer_numpy.py', [...sizes, ...settings])
      const { seconds: spent, errors } = peerAnswer.parse(result)
      return { distil: spent.distill, process, error: median(errors) }
    },
  }
  return inTurns<Timed>([own, peer], bench.runs)
}

import type { Bench } from '../../bench.ts'
import type { Figure, Table } from '../../part.ts'
import { inTurns, median } from '../../turns.ts'
import { group, seconds } from '../../wording.ts'
import type { TwoLayerRun } from './answers.ts'
import { distillSet, peerAnswer } from './answers.ts'
import { referenceTable } from './references.ts'
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

/** Both cases against NumPy, in turns; then each once more beside every reference. */
export async function timeAgainstNumPy(bench: Bench): Promise<{ tables: Table[]; figures: Figure[] }> {
  const rows: string[][] = []
  const figures: Figure[] = []
  const compared: [string, TwoLayerRun[]][] = []
  for (const task of casesOf(bench)) {
    const timed = await timesOf(bench, task)
    const ratioOf = (value: (each: Timed) => number) =>
      median(timed[0].map((own, turn) => value(own) / value(timed[1][turn])))
    const ratios = { distil: ratioOf(({ distil }) => distil), process: ratioOf(({ process }) => process) }
    const label = `d = ${task.inputs}, n = ${group(task.examples)}, L = ${task.width}`
    for (const [i, name] of ['Retort', 'NumPy (bench/peers/two_layer_numpy.py)'].entries()) {
      const of = (value: (each: Timed) => number) => median(timed[i].map(value))
      rows.push([
        label,
        name,
        seconds(of(({ distil }) => distil)),
        i === 0 ? ratios.distil.toFixed(2) : '1',
        seconds(of(({ process }) => process)),
        i === 0 ? ratios.process.toFixed(2) : '1',
        error(of((each) => each.error)),
      ])
    }
    const { mostShare } = task
    if (mostShare !== undefined) figures.push(...figuresOf(ratios, mostShare))
    compared.push([label, [await distillSet(bench, `${task.name}-references`, wordsOf(task))]])
  }
  return {
    tables: [
      {
        title: `Seconds for two directions, ${bench.runs} turns`,
        columns: ['task', 'program', 'distillation', 'ratio', 'whole process', 'ratio', 'median error'],
        rows,
      },
      referenceTable('task', compared),
    ],
    figures,
  }
}

function figuresOf({ distil, process }: Omit<Timed, 'error'>, mostShare: number): Figure[] {
  return [
    { what: 'distillation against NumPy in the same run, median ratio of times', ratio: distil },
    {
      what:
        'end to end: from the command to the written, certified and reported set against the whole NumPy process, ' +
        'median ratio of wall times',
      ratio: process,
    },
  ].map(({ what, ratio }) => ({
    what,
    measured: ratio.toFixed(2),
    needed: `≤ ${mostShare}`,
    holds: ratio <= mostShare,
  }))
}

/** What both programs are told alike. */
function settingsOf({ width, students, refinement }: Case): string[] {
  return ['--width', width, '--students', students, '--refinement', refinement].map(String)
}

function wordsOf(task: Case): string[] {
  const data = `multi-index:${task.examples},d=${task.inputs},r=2,seed=1`
  return [data, '--rank', '2', ...settingsOf(task), '--label-count', `${task.labels}`]
}

function timesOf(bench: Bench, task: Case): Promise<Timed[][]> {
  const { name, inputs, examples, labels } = task
  const own = {
    name: 'Retort',
    async run(turn: number): Promise<Timed> {
      const begin = performance.now()
      const run = await distillSet(bench, `${name}-${turn}`, [...wordsOf(task), '--no-baselines'])
      const process = (performance.now() - begin) / 1000
      return { distil: run.seconds.distill, process, error: run.error.median }
    },
  }
  const peer = {
    name: 'NumPy',
    async run(): Promise<Timed> {
      const sizes = ['--inputs', inputs, '--examples', examples, '--labels', labels].map(String)
      const words = [...sizes, ...settingsOf(task)]
      const { result, seconds: process } = await bench.peer('two_layer_numpy.py', words)
      const { seconds: spent, errors } = peerAnswer.parse(result)
      return { distil: spent.distill, process, error: median(errors) }
    },
  }
  return inTurns<Timed>([own, peer], bench.runs)
}

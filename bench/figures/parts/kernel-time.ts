import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { distilled, peerRun } from '../answers.ts'
import type { Bench } from '../bench.ts'
import type { Figure, Part } from '../part.ts'
import type { Contender } from '../turns.ts'
import { inTurns, median } from '../turns.ts'
import { megabytes, seconds } from '../wording.ts'

interface Timed {
  readonly wall: number
  readonly stages: Readonly<Record<string, number>>
  readonly memory?: number
}

/** Share of the time of the NumPy script, and of the authors' steps, that Retort may take. */
const bounds = { efficient: 0.5, distil: 0.3, authors: 1 / 8 }

function kernelTime(dataset: 'mnist' | 'cifar10', title: string): Part {
  return {
    name: `kernel-time-${dataset}`,
    title: `Time from the files of ${title} to 500 points on dense features`,
    async measure(bench) {
      const input = dataset === 'mnist' ? bench.data('mnist') : 'cifar10'
      if (dataset === 'cifar10') await bench.program(bench.data('unpack-cifar10'), [input])
      const contenders = [retortRun(bench, input, dataset), peer(bench, input, 'efficient')]
      const timed = await inTurns(contenders, bench.runs)
      // Its steps take so long that one turn tells enough.
      const [authors] = await inTurns([peer(bench, input, 'authors')], 1)
      const ours = timed[0].map(({ wall }) => wall)
      const ratio = median(ours.map((wall, turn) => wall / timed[1][turn].wall))
      const speedUp = authors[0].wall / median(ours)
      const distilling = median(
        timed[0].map(({ stages }, turn) => stages.distill / timed[1][turn].stages.distil),
      )
      const all = [
        ...contenders.map(({ name }, i) => ({ name, runs: timed[i] })),
        { name: peer(bench, input, 'authors').name, runs: authors },
      ]
      const figures: Figure[] = [
        {
          what: 'Retort against the NumPy script in float64, median ratio',
          measured: ratio.toFixed(3),
          needed: `≤ ${bounds.efficient}`,
          holds: ratio <= bounds.efficient,
        },
        {
          what: 'the distillation alone, W known (SVD pseudo-inverse and least squares in NumPy), median ratio',
          measured: distilling.toFixed(3),
          needed: `≤ ${bounds.distil}`,
          holds: distilling <= bounds.distil,
        },
        {
          what: "Retort against the steps of the authors' script (float32), speed-up",
          measured: speedUp.toFixed(1),
          needed: `≥ ${1 / bounds.authors}`,
          holds: speedUp >= 1 / bounds.authors,
        },
      ]
      return {
        about: [
          `Whole processes on ${title}: reading, one dense layer as wide as the input (LeakyReLU 0.1) in float64, Gram matrix, 24 values ` +
            'of λ on a hold-out, W, 500 points (50 per class), writing, reading again, the error of W and the accuracy on the test ' +
            "split. The authors' steps are theirs in NumPy: float32, Gram matrix and solve anew for each λ. Retort also writes " +
            'the certificate, the report and the pictures.',
        ],
        figures,
        tables: [
          {
            title: `Seconds, ${bench.runs} turns (authors: 1)`,
            columns: ['program', 'median', 'least', 'most', 'memory'],
            rows: all.map(({ name, runs }) => {
              const walls = runs.map(({ wall }) => wall)
              const { memory } = runs[0]
              return [
                name,
                ...[median(walls), Math.min(...walls), Math.max(...walls)].map(seconds),
                memory === undefined ? '' : megabytes(memory),
              ]
            }),
          },
          ...all.map(({ name, runs }) => ({
            title: `Stages: ${name}`,
            columns: ['stage', 'seconds (median)'],
            rows: Object.keys(runs[0].stages).map((stage) => [
              stage,
              seconds(median(runs.map(({ stages }) => stages[stage]))),
            ]),
          })),
        ],
      }
    },
  }
}

function retortRun(bench: Bench, input: string, dataset: string): Contender<Timed> {
  const words = [
    input,
    '--recipe',
    `kernel-ridge/${dataset}/dense/ipc50`,
    '--storage',
    'float64',
    '--no-baselines',
  ]
  return {
    name: 'Retort',
    async run() {
      await rm(join(bench.folder, 'timed'), { recursive: true, force: true })
      const run = await bench.retort(['distill', ...words, '-o', 'timed'])
      const result = distilled.parse(run.result)
      return { wall: run.seconds, stages: result.seconds, memory: result.peakMemoryBytes }
    },
  }
}

function peer(bench: Bench, input: string, mode: 'efficient' | 'authors'): Contender<Timed> {
  return {
    name: `NumPy, bench/peers/dense_ridge.py, ${mode}`,
    async run() {
      const run = await bench.peer('dense_ridge.py', [input, '50', mode, 'peer.npz'])
      return { wall: run.seconds, stages: peerRun.parse(run.result).seconds }
    },
  }
}

export const kernelTimeMnist = kernelTime('mnist', 'MNIST')
export const kernelTimeCifar10 = kernelTime('cifar10', 'CIFAR-10')

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { matrix } from '#core/matrix'
import { chooseBlas } from '#linalg/provider'
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
const bounds = { efficient: 0.5, distil: 0.3, authors: 1 / 8, floor: 0.6 }

function kernelTime(dataset: keyof typeof shapes, title: string): Part {
  return {
    name: `kernel-time-${dataset}`,
    title: `Time from the files of ${title} to 500 points on dense features`,
    async measure(bench) {
      const input = dataset === 'mnist' ? bench.data('mnist') : 'cifar10'
      if (dataset === 'cifar10') await bench.program(bench.data('unpack-cifar10'), [input])
      const contenders = [retortRun(bench, input, dataset), peer(bench, input, 'dense_ridge.py')]
      const timed = await inTurns(contenders, bench.runs)
      // Its steps take so long that one turn tells enough.
      const [authors] = await inTurns([peer(bench, input, 'dense_ridge_authors.py')], 1)
      const ours = timed[0].map(({ wall }) => wall)
      const ratio = median(ours.map((wall, turn) => wall / timed[1][turn].wall))
      const speedUp = authors[0].wall / median(ours)
      const floor = await floorOf(dataset)
      // Reading goes on beside the products and waits for their threads: either stage alone would flatter.
      const statistics = median(timed[0].map(({ stages }) => stages.read + stages.statistics))
      const distilling = median(
        timed[0].map(({ stages }, turn) => stages.distill / timed[1][turn].stages.distil),
      )
      const all = [
        ...contenders.map(({ name }, i) => ({ name, runs: timed[i] })),
        { name: peer(bench, input, 'dense_ridge_authors.py').name, runs: authors },
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
        {
          what: `reading and statistics against their floor: operations at ${(floor.rate / 1e9).toFixed(0)} GF/s, the rate of one product here`,
          measured: `${((100 * floor.statistics) / statistics).toFixed(0)} %`,
          needed: `aim: ≥ ${100 * bounds.floor} %`,
          holds: floor.statistics >= bounds.floor * statistics,
        },
        {
          what: 'the whole process against the same floor',
          measured: `${((100 * floor.whole) / median(ours)).toFixed(0)} %`,
          needed: `aim: ≥ ${100 * bounds.floor} %`,
          holds: floor.whole >= bounds.floor * median(ours),
        },
      ]
      return {
        about: [
          `Whole processes on ${title}: reading, one dense layer as wide as the input (LeakyReLU 0.1) in float64, Gram matrix, 24 values ` +
            'of λ on a hold-out, W, 500 points (50 per class), writing, reading again, the error of W and the accuracy on the test ' +
            "split. The authors' steps are theirs in NumPy: float32, for each λ the Gram matrix, a least-squares solve and two " +
            'accuracies anew. Retort also writes the certificate, the report and the pictures.',
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

function peer(bench: Bench, input: string, script: string): Contender<Timed> {
  return {
    name: `NumPy, bench/peers/${script}`,
    async run() {
      const run = await bench.peer(script, [input, '50', 'peer.npz'])
      return { wall: run.seconds, stages: peerRun.parse(run.result).seconds }
    },
  }
}

/** Examples, test examples and width. */
const shapes = { mnist: [60_000, 10_000, 784], cifar10: [50_000, 10_000, 3072] } as const

/**
 * Seconds that the products of a whole run take at the rate of this machine's own product: features of all examples,
 * their Gram matrix (half a product), features of the test split for the certificate and for the scores.
 */
async function floorOf(
  dataset: keyof typeof shapes,
): Promise<{ rate: number; statistics: number; whole: number }> {
  const [examples, tested, width] = shapes[dataset]
  const { blas } = await chooseBlas()
  const rows = matrix(2048, width)
  rows.data.fill(0.5)
  const [layer, c] = [matrix(width, width), matrix(2048, width)]
  let best = Infinity
  for (let turn = 0; turn < 9; turn++) {
    const begin = performance.now()
    await blas.gemm(rows, layer, { transposeB: true, c })
    best = Math.min(best, (performance.now() - begin) / 1000)
  }
  await blas.close()
  const rate = (2 * 2048 * width * width) / best
  const statistics = (3 * examples * width * width) / rate
  return { rate, statistics, whole: statistics + (4 * tested * width * width) / rate }
}

export const kernelTimeMnist = kernelTime('mnist', 'MNIST')
export const kernelTimeCifar10 = kernelTime('cifar10', 'CIFAR-10')

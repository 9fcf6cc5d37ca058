import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { distilled } from '../answers.ts'
import type { Bench } from '../bench.ts'
import type { Figure, Part } from '../part.ts'
import { percent, scoreText, small } from '../wording.ts'

const storages = ['float64', 'float32', 'uint16', 'uint8'] as const
const recipes = ['ridge/mnist', 'kernel-ridge/mnist/dense', 'kernel-ridge/mnist/fourier'] as const
const perClass = [1, 10, 50] as const

/** What run.json tells of the points on their grid. */
const told = z.object({ settings: z.object({ errorWithOldLabels: z.number().optional() }) })

/** Every element type of the points on MNIST, and on digits with more points than pixels. */
export const storage: Part = {
  name: 'storage',
  title: 'Points stored as numbers of 64, 32, 16 and 8 bits',
  async measure(bench) {
    const rows: string[][] = []
    const figures: Figure[] = []
    for (const recipe of recipes) {
      for (const ipc of perClass) {
        for (const type of storages) {
          const words = [bench.data('mnist'), '--recipe', `${recipe}/ipc${ipc}`]
          const run = await stored(bench, words, `${recipe}/ipc${ipc}`, type)
          rows.push(row(`${recipe}/ipc${ipc}`, type, run))
          if (recipe === 'ridge/mnist' && type === 'uint16') figures.push(keepsAccuracy(ipc, run))
        }
      }
    }
    for (const type of ['uint16', 'uint8'] as const) {
      const run = await stored(bench, [bench.data('digits'), '--ipc', '10'], 'digits', type)
      rows.push(row('digits, 100 points of 64 values', type, run))
      figures.push({
        what: `digits, more points than values, ${type}: relative error of W after the labels were solved anew`,
        measured: small(run.result.relativeError),
        needed: '≤ 1e-10',
        holds: run.result.relativeError <= 1e-10 && run.result.holds,
      })
    }
    return {
      about: [
        'Integers lie on a grid for each column, from its least to its largest value, and the labels (float64) are solved anew for ' +
          'the points on the grid (Theorem 4.2 of Chen, Huang, Weng, NeurIPS 2024). Old labels: the error that the points on the ' +
          'grid would have without that. Accuracies: 10 000 test images (digits: 1797), 95 % Wilson intervals, one seed.',
      ],
      figures,
      tables: [
        {
          title: 'By element type',
          columns: [
            'recipe',
            'stored as',
            'relative error of W, old labels',
            'relative error of W',
            'accuracy (95 %)',
            'original',
            'certificate',
          ],
          rows,
        },
      ],
    }
  },
}

interface Stored {
  readonly result: z.output<typeof distilled>
  readonly oldLabels?: number
}

async function stored(bench: Bench, words: readonly string[], name: string, type: string): Promise<Stored> {
  const folder = `${name.replaceAll('/', '-')}-${type}`
  const flags = ['--storage', type, '--storage-errors', 'no', '--no-baselines', '-o', folder]
  const { result } = await bench.retort(['distill', ...words, ...flags])
  const run = told.parse(JSON.parse(await readFile(join(bench.folder, folder, 'run.json'), 'utf8')))
  const { errorWithOldLabels: oldLabels } = run.settings
  return { result: distilled.parse(result), ...(oldLabels !== undefined && { oldLabels }) }
}

function row(name: string, type: string, { result, oldLabels }: Stored): string[] {
  const { accuracy, relativeError, holds, tolerance } = result
  const score = {
    metric: accuracy.metric,
    value: accuracy.distilled,
    n: accuracy.n,
    interval: accuracy.interval,
  }
  return [
    name,
    type,
    oldLabels === undefined ? '' : small(oldLabels),
    small(relativeError),
    scoreText(score),
    percent(accuracy.original),
    holds ? `holds, bound ${small(tolerance)}` : 'does not hold',
  ]
}

function keepsAccuracy(ipc: number, { result: { accuracy } }: Stored): Figure {
  const [low, high] = accuracy.interval
  return {
    what: `linear MNIST, ${ipc} per class, uint16: the accuracy of the original lies in the interval`,
    measured: `${percent(accuracy.original)} in [${percent(low)}, ${percent(high)}]`,
    needed: 'inside',
    holds: accuracy.original >= low && accuracy.original <= high,
  }
}

import { z } from 'zod'
import { recipes } from '../answers.ts'
import type { Part } from '../part.ts'
import { percent, scoreText, seconds, small } from '../wording.ts'

const score = z.object({
  metric: z.string(),
  value: z.number(),
  n: z.number(),
  interval: z.tuple([z.number(), z.number()]),
})

/** `retort distill --method kip --json` */
const answer = z.object({
  points: z.number(),
  loss: z.number(),
  comparison: z.array(z.object({ name: z.string(), score, spread: z.number().optional() })),
  seconds: z.record(z.string(), z.number()),
})

/** Steps that every run is stopped at: far fewer than in the papers. */
const budget: Readonly<Record<number, number>> = { 1: 300, 10: 200 }

function kipPart(ipc: 1 | 10): Part {
  return {
    name: `kip-mnist-ipc${ipc}`,
    title: `KIP on MNIST, ${ipc} per class`,
    async measure(bench) {
      const rows: string[][] = []
      for (const { name, published } of await recipes(bench)) {
        if (!name.startsWith('kip/mnist/') || !name.endsWith(`/ipc${ipc}`) || name.includes('/dense/'))
          continue
        const words = [bench.data('mnist'), '--recipe', name, '--steps', String(budget[ipc])]
        const { result } = await bench.retort(['distill', ...words, '-o', name.replaceAll('/', '-')])
        const { points, loss, comparison, seconds: spent } = answer.parse(result)
        const distilled = comparison.find((row) => row.name === 'distilled')
        const others = comparison.filter((row) => row.name !== 'distilled' && row.name !== 'original')
        rows.push([
          name,
          String(points),
          published === undefined ? '–' : `${published} %`,
          distilled ? scoreText(distilled.score) : '–',
          others.map((row) => `${row.name} ${percent(row.score.value)}`).join('; '),
          small(loss),
          seconds(spent.distill),
        ])
      }
      return {
        about: [
          `KIP (Nguyen, Chen, Lee, ICLR 2021) with class-balanced target batches, learned points and fixed labels, stopped after ${budget[ipc]} ` +
            'steps of Adam: a stated budget, not convergence. Accuracies of kernel regression on the points, on the 10 000 test ' +
            'images, with 95 % Wilson intervals; seed 0. Beside them the same regression on as many real images. The published ' +
            'figures are for fully connected networks of a depth that the source does not state, after far more steps.',
        ],
        figures: [],
        tables: [
          {
            title: `${budget[ipc]} steps`,
            columns: [
              'recipe',
              'm',
              'published',
              'ours (95 %)',
              'real images',
              'loss',
              'seconds of distillation',
            ],
            rows,
          },
        ],
      }
    },
  }
}

export const kipParts: readonly Part[] = [kipPart(1), kipPart(10)]

import { z } from 'zod'
import { recipes } from '../answers.ts'
import type { Bench } from '../bench.ts'
import { cifar10 } from '../cifar10.ts'
import type { Curve } from '../curve.ts'
import { curveOf, shownSteps } from '../curve.ts'
import type { Part, Table } from '../part.ts'
import { together } from '../turns.ts'
import { group, percent, scoreText, seconds, small } from '../wording.ts'

const score = z.object({
  metric: z.string(),
  value: z.number(),
  n: z.number(),
  interval: z.tuple([z.number(), z.number()]),
})

const comparison = z.array(
  z.object({ name: z.string(), score, seeds: z.number().optional(), spread: z.number().optional() }),
)

/** `retort distill --method kip` and `--method label-solve` */
const answer = z.object({
  points: z.number(),
  loss: z.number(),
  comparison,
  seconds: z.record(z.string(), z.number()),
})
type Answer = z.output<typeof answer>

/** Flags that Label Solve is asked with, those of the recipes: it takes no recipe of another method. */
const preprocessings = {
  mnist: ['--preprocessing', 'channel', '--mean', '0.1307', '--std', '0.3081'],
  cifar10: ['--preprocessing', 'channel', '--mean', '0.4914,0.4822,0.4465', '--std', '0.2023,0.1994,0.2010'],
} as const

const titles = { mnist: 'MNIST', cifar10: 'CIFAR-10' } as const
type Dataset = keyof typeof titles

/** Steps that every run is stopped at: far fewer than in the papers. */
const budgets: Readonly<Record<Dataset, Readonly<Record<number, number>>>> = {
  mnist: { 1: 3000, 10: 3000 },
  cifar10: { 1: 1000, 10: 1000 },
}

interface Run {
  readonly recipe: string
  readonly published: number | undefined
  readonly learned: Answer
  readonly curve: Curve
  /** Label Solve under the same kernel on as many real images. */
  readonly solved: Answer
}

function kipPart(dataset: Dataset, ipc: 1 | 10): Part {
  return {
    name: `kip-${dataset}-ipc${ipc}`,
    title: `KIP on ${titles[dataset]}, ${ipc} per class`,
    async measure(bench) {
      const steps = bench.steps ?? budgets[dataset][ipc]
      const input = dataset === 'mnist' ? bench.data('mnist') : await cifar10(bench)
      const chosen = (await recipes(bench)).filter(
        ({ name }) =>
          name.startsWith(`kip/${dataset}/`) && name.endsWith(`/ipc${ipc}`) && !name.includes('/dense/'),
      )
      const runs = await together(
        chosen.map(
          ({ name, published }) =>
            () =>
              measureRecipe(bench, input, { dataset, name, published, steps }),
        ),
        bench.together,
      )
      return {
        about: [
          `KIP (Nguyen, Chen, Lee, ICLR 2021) with class-balanced target batches, learned points and labels, stopped ` +
            `after ${group(steps)} steps of Adam: a stated budget, not convergence. ${rateText(chosen, steps)} ` +
            'Accuracies of kernel regression on the points, on the 10 000 test images, with 95 % Wilson intervals; seed 0. The ' +
            'published figures are for fully connected networks of a depth that the source does not state, after far more steps.',
          'Beside them the same regression on as many real images: drawn at random and as coresets, each with the λ that is best on ' +
            'the hold-out, and with labels solved over all training images (Label Solve). "linear, all data" is ridge regression ' +
            'without the kernel, for scale.',
        ],
        figures: [],
        tables: [
          {
            title: `${group(steps)} steps`,
            columns: [
              'recipe',
              'm',
              'published',
              'ours (95 %)',
              'n',
              'loss on all training images',
              'seconds of distillation',
            ],
            rows: runs.map(kipRow),
          },
          realTable(runs),
          curveTable(runs, steps),
        ],
      }
    },
  }
}

/** Batches, learning rate and schedule of the recipes, which are the same for all. */
function rateText(
  chosen: readonly { readonly settings: Readonly<Record<string, unknown>> }[],
  steps: number,
): string {
  const said = chosen.map(({ settings: { batch, learningRate, schedule } }) => {
    const course =
      schedule === 'cosine' ? `falling along a cosine to 0 after ${group(steps)} steps` : 'constant'
    return `Batches of ${group(Number(batch))}; learning rate ${String(learningRate)}, ${course}.`
  })
  const [first, ...others] = new Set(said)
  if (first !== undefined && others.length === 0) return first
  throw new Error(`the recipes of one table do not step alike: ${[first, ...others].join(' ')}`)
}

async function measureRecipe(
  bench: Bench,
  input: string,
  {
    dataset,
    name,
    published,
    steps,
  }: { dataset: Dataset; name: string; published: number | undefined; steps: number },
): Promise<Run> {
  const folder = name.replaceAll('/', '-')
  const learn = ['--recipe', name, '--steps', String(steps), '-o', folder]
  const { result, events } = await bench.events(['distill', input, ...learn])
  const solve = [
    '--method',
    'label-solve',
    ...kernelWords(name),
    ...preprocessings[dataset],
    '--no-baselines',
  ]
  return {
    recipe: name,
    published,
    learned: answer.parse(result),
    curve: curveOf(events),
    solved: answer.parse((await bench.retort(['distill', input, ...solve, '-o', `${folder}-labels`])).result),
  }
}

/** kip/mnist/ntk-fc2/ipc10 → --kernel ntk --kernel-depth 2 --ipc 10 */
function kernelWords(recipe: string): string[] {
  const [, , kind, ipc] = recipe.split('/')
  const [kernel, depth] = kind.split('-fc')
  const deep = depth === undefined ? [] : ['--kernel-depth', depth]
  return ['--kernel', kernel, ...deep, '--ipc', ipc.replace('ipc', '')]
}

function distilledRow({ comparison: rows }: Answer) {
  const found = rows.find((row) => row.name === 'distilled')
  if (found) return found
  throw new Error("the comparison has no row 'distilled'")
}

function kipRow({ recipe, published, learned }: Run): string[] {
  const found = distilledRow(learned).score
  return [
    recipe,
    String(learned.points),
    published === undefined ? '–' : `${published} %`,
    scoreText(found),
    group(found.n),
    small(learned.loss),
    seconds(learned.seconds.distill),
  ]
}

function realTable(runs: readonly Run[]): Table {
  const others = runs[0].learned.comparison.filter(({ name }) => name !== 'distilled' && name !== 'original')
  return {
    title: 'Real images under the same kernel',
    columns: ['recipe', ...others.map(({ name }) => name), 'label solve'],
    rows: runs.map(({ recipe, learned, solved }) => [
      recipe,
      ...others.map(({ name }) => {
        const row = learned.comparison.find((candidate) => candidate.name === name)
        if (row === undefined) return '–'
        return `${percent(row.score.value)}${row.spread ? ` ± ${(100 * row.spread).toFixed(2)}` : ''}`
      }),
      scoreText(distilledRow(solved).score),
    ]),
  }
}

function curveTable(runs: readonly Run[], steps: number): Table {
  const shown = shownSteps(steps)
  return {
    title: 'Loss of the batch by step: ½ mean squared error before the step',
    columns: ['recipe', ...shown.map(group)],
    rows: runs.map(({ recipe, curve }) => [recipe, ...shown.map((step) => small(curve.get(step) ?? NaN))]),
  }
}

export const kipParts: readonly Part[] = (['mnist', 'cifar10'] as const).flatMap((dataset) =>
  ([1, 10] as const).map((ipc) => kipPart(dataset, ipc)),
)

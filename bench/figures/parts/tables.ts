import type { Distilled } from '../answers.ts'
import { distill, verify } from '../answers.ts'
import type { Part } from '../part.ts'
import { group, ridgeText, scoreText, small, yesNo } from '../wording.ts'
import { certificateFigure, scoresOf } from './cells.ts'

interface Input {
  readonly name: string
  /** Folder that the set is written to. */
  readonly output: string
  readonly path: readonly string[]
  readonly target: string
  readonly words?: readonly string[]
}

const real = (columns: string) => ['--target', columns, '--target-kind', 'real']

const inputs: readonly Input[] = [
  { name: 'digits', output: 'digits', path: ['digits'], target: 'ten classes' },
  { name: 'Adult', output: 'adult', path: ['tabular', 'adult.data'], target: 'two classes' },
  { name: 'letters', output: 'letters', path: ['tabular', 'letter-recognition.data'], target: '26 classes' },
  { name: 'sentence embeddings', output: 'embeddings', path: ['embeddings'], target: '15 classes' },
  { name: 'Adult', output: 'adult-age', path: ['tabular', 'adult.data'], target: 'age', words: real('x0') },
  {
    name: 'breast cancer',
    output: 'radius',
    path: ['tabular', 'breast_cancer.csv'],
    target: 'mean radius',
    words: real('x0'),
  },
  {
    name: 'iris',
    output: 'sepals',
    path: ['tabular', 'iris.csv'],
    target: 'sepal length and width',
    words: real('x0,x1'),
  },
]

interface Outcome extends Input {
  readonly result: Distilled
  readonly confirmed: boolean
}

export const tables: Part = {
  name: 'tables',
  title: 'Tables, embeddings and real-valued targets, one command each',
  async measure(bench) {
    const outcomes: Outcome[] = []
    for (const input of inputs) {
      const path = bench.data(...input.path)
      const result = await distill(bench, input.output, [path, ...(input.words ?? [])])
      outcomes.push({ ...input, result, confirmed: await verify(bench, input.output, ['--data', path]) })
    }
    const differences = outcomes.map(({ result: { accuracy } }) =>
      Math.abs(accuracy.original - accuracy.distilled),
    )
    return {
      about: [
        'Ridge regression with an intercept on standardised columns, with the defaults of `retort distill`. Classes are ' +
          'scored by accuracy (Wilson interval), numbers by r². Without a test split the score is on the held-out examples.',
      ],
      figures: [
        certificateFigure(outcomes),
        {
          what: 'largest difference in score, distilled against original',
          measured: small(Math.max(...differences)),
          needed: '≤ 1e-6',
          holds: differences.every((difference) => difference <= 1e-6),
        },
      ],
      tables: [
        {
          title: 'One command each',
          columns: [
            'data',
            'target',
            'examples',
            'm',
            'original (95 %)',
            'distilled (95 %)',
            'scored on',
            'best real subset of that size',
            'relative error, re-read',
            'λ',
            '`verify --data`',
          ],
          rows: outcomes.map(outcomeRow),
        },
      ],
    }
  },
}

function outcomeRow({ name, target, result, confirmed }: Outcome): string[] {
  const { original, distilled } = scoresOf(result)
  const { accuracy, comparison } = result
  const subsets = comparison.filter((row) => row.name !== 'original' && row.name !== 'distilled')
  const best = subsets.reduce((a, b) => (b.score.value > a.score.value ? b : a))
  const examples = comparison.find((row) => row.name === 'original')?.points ?? NaN
  return [
    name,
    `${target} (${accuracy.metric})`,
    group(examples),
    String(result.points),
    scoreText(original),
    scoreText(distilled),
    `${group(accuracy.n)} ${accuracy.split}`,
    `${best.name}: ${scoreText(best.score)}`,
    small(result.relativeError),
    ridgeText(result.ridge),
    yesNo(confirmed),
  ]
}

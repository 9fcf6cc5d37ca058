import type { Bench } from '../bench.ts'
import type { Distilled } from '../answers.ts'
import type { Figure, Findings, Part } from '../part.ts'
import { ridgeText, scoreText, small } from '../wording.ts'
import type { Cell } from './cells.ts'
import { cellColumns, cellFigures, cellRow, measureCell, scoresOf } from './cells.ts'
import { recipeTable } from './recipe-table.ts'

/** Points per class, with the bound on the distance of realistic points; one point per class leaves no choice. */
const sizes = [{ ipc: '1' }, { ipc: '10', bound: 0.11 }, { ipc: '50', bound: 0.008 }]

/** A second λ, as good on the test images: the distance that Corollary 4.1.1 leaves falls with λ. */
const largerRidge = '31622.8'

export const mnistLinear: Part = {
  name: 'mnist-linear',
  title: 'MNIST, linear model: 10, 100 and 500 points',
  async measure(bench) {
    const input = bench.data('mnist')
    const cells: Cell[] = []
    const compared: Distilled[] = []
    for (const { ipc } of sizes) {
      const size = ['--ipc', ipc]
      // Baselines depend on the number of points alone.
      const first = await measureCell(bench, input, { variant: 'noise', words: size })
      compared.push(first.result)
      cells.push(first)
      const words = [...size, '--no-baselines']
      cells.push(await measureCell(bench, input, { variant: 'noise', storage: 'float64', words }))
      for (const storage of ['float32', 'float64'] as const)
        cells.push(await measureCell(bench, input, { variant: 'realistic', storage, words }))
    }
    const distances = await measureDistances(bench, input, cells)
    return {
      about: [
        'Ridge regression on the pixels, standardised by channel, without an intercept; λ is chosen on a hold-out of 5 % ' +
          '(seed 0). Every accuracy is on the 10 000 test images, with its 95 % Wilson interval. The relative error ' +
          '‖W_S − W‖/‖W‖ is measured on the file, read again: by Retort, and by NumPy alone (bench/peers/open_artefact.py).',
        'The distance of realistic points is ‖X_S − X̂‖/‖X̂‖ (Frobenius) in the preprocessed space, in which the points live ' +
          'and the optimum is taken; as pixels it is smaller by a constant. What the paper’s Corollary 4.1.1 ' +
          `(\`--variant paper-realistic\`) leaves depends on λ, so both are measured at a second one too, ${largerRidge}. The ` +
          'least possible is computed in NumPy from the images and W.',
      ],
      figures: [...cellFigures(cells, { middle: 86.4, slack: 0.4 }), ...distances.figures],
      tables: [
        { title: 'Distilled sets', columns: cellColumns, rows: cells.map(cellRow) },
        {
          title: 'Beside real subsets of the same size, trained in the same way',
          columns: ['m', ...subsetNames(compared[0])],
          rows: compared.map((result) => [String(result.points), ...subsetScores(result)]),
        },
        ...distances.tables,
        await recipeTable(bench, input, 'ridge/mnist/'),
      ],
    }
  },
}

/** Names of the subsets, random, herding, …, as the comparison gives them. */
function subsetNames({ comparison }: Distilled): string[] {
  return comparison.map(({ name }) => name).filter((name) => name !== 'original')
}

function subsetScores(result: Distilled): string[] {
  return result.comparison
    .filter(({ name }) => name !== 'original')
    .map(({ score, seeds }) => scoreText(score) + (seeds ? ` (${seeds} seeds)` : ''))
}

/** How far realistic points are from their real images, beside those of the paper's corollary in the same run. */
async function measureDistances(bench: Bench, input: string, cells: readonly Cell[]) {
  const ours = cells.filter(({ variant, storage }) => variant === 'realistic' && storage === 'float32')
  const papers: Cell[] = []
  for (const { ipc } of sizes)
    papers.push(
      await measureCell(bench, input, {
        variant: 'paper-realistic',
        words: ['--ipc', ipc, '--no-baselines'],
      }),
    )
  const larger: Cell[] = []
  for (const { ipc, bound } of sizes)
    for (const variant of bound === undefined ? [] : ['realistic', 'paper-realistic'])
      larger.push(
        await measureCell(bench, input, {
          variant,
          words: ['--ipc', ipc, '--ridge', largerRidge, '--no-baselines'],
        }),
      )
  const rows = [...ours, ...papers, ...larger].toSorted(
    (a, b) => a.result.ridge - b.result.ridge || a.result.points - b.result.points,
  )
  const figures = sizes.flatMap(({ ipc, bound }): Figure[] => {
    if (bound === undefined) return []
    const points = 10 * Number(ipc)
    const [near, corollary] = ['realistic', 'paper-realistic'].map((wanted) =>
      rows
        .filter(({ variant, result }) => variant === wanted && result.points === points)
        .map(({ opened }) => opened.distance?.preprocessed ?? NaN),
    )
    return [
      {
        what: `realistic, m = ${points}: relative distance to the real images, at either λ`,
        measured: `${near.map(small).join(' and ')} (the paper’s corollary: ${corollary.map(small).join(' and ')})`,
        needed: `≤ ${bound}`,
        holds: near.every((distance) => distance <= bound),
      },
    ]
  })
  const columns = [
    'm',
    'variant',
    'λ',
    'relative distance',
    'least possible',
    'as pixels',
    'pixels outside 0..1',
    'relative error of W',
    'distilled (95 %)',
  ]
  return {
    figures,
    tables: [
      {
        title: 'Distance of realistic points to their real images',
        columns,
        rows: rows.map(distanceRow),
      },
    ],
  } satisfies Pick<Findings, 'figures' | 'tables'>
}

function distanceRow({ variant, result, opened }: Cell): string[] {
  const { preprocessed = NaN, least = NaN, pixels = NaN, outside = NaN } = opened.distance ?? {}
  return [
    String(result.points),
    variant,
    ridgeText(result.ridge),
    small(preprocessed),
    small(least),
    small(pixels),
    `${(100 * outside).toFixed(1)} %`,
    small(result.relativeError),
    scoreText(scoresOf(result).distilled),
  ]
}

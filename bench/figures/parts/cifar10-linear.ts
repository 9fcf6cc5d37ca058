import type { Part } from '../part.ts'
import type { Cell } from './cells.ts'
import { cellColumns, cellFigures, cellRow, measureCell } from './cells.ts'
import { recipeTable } from './recipe-table.ts'

export const cifar10Linear: Part = {
  name: 'cifar10-linear',
  title: 'CIFAR-10, linear model: 10 points',
  async measure(bench) {
    const input = 'cifar10'
    await bench.program(bench.data('unpack-cifar10'), [input])
    const cells: Cell[] = []
    for (const variant of ['noise', 'realistic'])
      for (const storage of ['float32', 'float64'] as const)
        cells.push(await measureCell(bench, input, { variant, storage, words: ['--no-baselines'] }))
    return {
      about: [
        'Ridge regression on the pixels, standardised by channel, without an intercept; λ is chosen on a hold-out of 5 % ' +
          '(seed 0). Accuracies are on the 10 000 test images, with 95 % Wilson intervals.',
      ],
      figures: cellFigures(cells, { middle: 39.5, slack: 0.4 }),
      tables: [
        { title: 'Distilled sets', columns: cellColumns, rows: cells.map(cellRow) },
        await recipeTable(bench, input, 'ridge/cifar10/'),
      ],
    }
  },
}

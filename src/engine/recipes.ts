import { kipRecipes } from './recipes-kip.ts'
import type { Recipe } from './recipe.ts'

export type { Recipe } from './recipe.ts'

const table3 = (features: string) =>
  `Chen, Huang, Weng, NeurIPS 2024, Table 3 (${features}; single run, no interval)`

interface RidgeCell {
  dataset: string
  data: string
  mean: string
  std: string
  /** By kind of features, for 1, 10 and 50 images per class; per cent. */
  published: Readonly<Record<'linear' | 'dense' | 'fourier', readonly [number, number, number]>>
}

const ridgeCells: readonly RidgeCell[] = [
  {
    dataset: 'mnist',
    data: 'the MNIST folder (four IDX files)',
    mean: '0.1307',
    std: '0.3081',
    published: {
      linear: [86.41, 86.41, 86.41],
      dense: [93.89, 93.89, 93.85],
      fourier: [93.82, 93.82, 93.82],
    },
  },
  {
    dataset: 'cifar10',
    data: 'the CIFAR-10 folder (six binary files)',
    mean: '0.4914,0.4822,0.4465',
    std: '0.2023,0.1994,0.2010',
    published: {
      linear: [39.48, 39.48, 39.48],
      dense: [47.87, 47.84, 47.81],
      fourier: [42.84, 42.87, 42.73],
    },
  },
  {
    dataset: 'cifar100',
    data: 'the CIFAR-100 folder (two binary files)',
    mean: '0.4914,0.4822,0.4465',
    std: '0.2023,0.1994,0.2010',
    published: {
      linear: [14.37, 14.37, 14.37],
      dense: [21.41, 21.52, 21.49],
      fourier: [18.7, 18.69, 18.57],
    },
  },
]

/** Settings of each kind of features (Chen, Huang, Weng 2024, code): as wide as the input. */
const featuresOfTable3 = {
  linear: { method: 'ridge' },
  dense: { method: 'kernel-ridge', features: 'dense', depth: 1, slope: 0.1 },
  fourier: { method: 'kernel-ridge', features: 'fourier', variance: 1000 },
} as const

/**
 * Every recipe by name: `method/dataset/ipcN`, or `method/dataset/kernel-or-features/ipcN`. A new table is new rows.
 */
export const recipes: ReadonlyMap<string, Recipe> = new Map([
  ...ridgeCells.flatMap(table3Recipes),
  ...kipRecipes(),
])

function table3Recipes({ dataset, data, mean, std, published }: RidgeCell): [string, Recipe][] {
  return (['linear', 'dense', 'fourier'] as const).flatMap((kind) =>
    [1, 10, 50].map((ipc, i): [string, Recipe] => {
      const name =
        kind === 'linear' ? `ridge/${dataset}/ipc${ipc}` : `kernel-ridge/${dataset}/${kind}/ipc${ipc}`
      const settings = {
        ...featuresOfTable3[kind],
        ipc,
        preprocessing: 'channel',
        mean,
        std,
        intercept: 'no',
        ridgeDistilled: 0,
      }
      return [name, { name, data, settings, source: table3(kind), published: published[kind][i] }]
    }),
  )
}

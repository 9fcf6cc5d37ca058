/** The settings of one cell of a published table, and the figure that it printed. */
export interface Recipe {
  readonly name: string
  /** What the input must be, in words. */
  readonly data: string
  /** Settings of `distill`. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
  readonly source: string
  /** Test accuracy in per cent that the source printed for the distilled set; never a figure of ours. */
  readonly published: number
}

const table3 = 'Chen, Huang, Weng, NeurIPS 2024, Table 3 (linear; single run, no interval)'

interface RidgeCell {
  dataset: string
  data: string
  mean: string
  std: string
  published: number
}

const ridgeCells: readonly RidgeCell[] = [
  {
    dataset: 'mnist',
    data: 'the MNIST folder (four IDX files)',
    mean: '0.1307',
    std: '0.3081',
    published: 86.41,
  },
  {
    dataset: 'cifar10',
    data: 'the CIFAR-10 folder (six binary files)',
    mean: '0.4914,0.4822,0.4465',
    std: '0.2023,0.1994,0.2010',
    published: 39.48,
  },
  {
    dataset: 'cifar100',
    data: 'the CIFAR-100 folder (two binary files)',
    mean: '0.4914,0.4822,0.4465',
    std: '0.2023,0.1994,0.2010',
    published: 14.37,
  },
]

/** Every recipe by name: `method/dataset/ipcN`. A new table is new rows. */
export const recipes: ReadonlyMap<string, Recipe> = new Map(
  ridgeCells.flatMap(({ dataset, data, mean, std, published }) =>
    [1, 10, 50].map((ipc): [string, Recipe] => {
      const name = `ridge/${dataset}/ipc${ipc}`
      const settings = {
        method: 'ridge',
        ipc,
        preprocessing: 'channel',
        mean,
        std,
        intercept: 'no',
        ridgeDistilled: 0,
      }
      return [name, { name, data, settings, source: table3, published }]
    }),
  ),
)

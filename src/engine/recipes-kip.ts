import type { Recipe } from './recipe.ts'

interface KipCell {
  readonly dataset: string
  readonly data: string
  readonly mean: string
  readonly std: string
  /** Per cent, for 1 and 10 images per class: KIP with the tangent kernel of a fully connected network. */
  readonly connected: readonly [number, number]
  /** Per cent, for 1, 10 and 50 images per class: the comparator on dense features. */
  readonly dense: readonly [number, number, number]
}

const cells: readonly KipCell[] = [
  {
    dataset: 'mnist',
    data: 'the MNIST folder (four IDX files)',
    mean: '0.1307',
    std: '0.3081',
    connected: [85.5, 97.2],
    dense: [93.44, 93.75, 93.72],
  },
  {
    dataset: 'cifar10',
    data: 'the CIFAR-10 folder (six binary files)',
    mean: '0.4914,0.4822,0.4465',
    std: '0.2023,0.1994,0.2010',
    connected: [40.5, 53.1],
    dense: [45.83, 47.5, 47.48],
  },
]

const connectedSource =
  'Nguyen, Novak, Xiao, Lee, NeurIPS 2021, KIP with a fully connected kernel (its depth is not in our source)'
const denseSource = 'Chen, Huang, Weng, NeurIPS 2024, Table 4 (KIP on dense features; mean of 4 runs)'

/** Kernels without features; none of the sources at hand prints a figure for `rbf`. */
const kernels = {
  rbf: { kernel: 'rbf' },
  'ntk-fc1': { kernel: 'ntk', kernelDepth: 1 },
  'ntk-fc2': { kernel: 'ntk', kernelDepth: 2 },
  'ntk-fc3': { kernel: 'ntk', kernelDepth: 3 },
} as const

/**
 * `kip/dataset/kernel/ipcN` as Nguyen et al. run it, labels learned too, and `kip/dataset/dense/ipcN` as the closed-form
 * paper compares. Channels are standardised, colour images' as well: whitening is for their convolutional kernels. These
 * kernels see an image as a vector, and whitening takes from it the few directions that tell classes apart.
 */
export function kipRecipes(): [string, Recipe][] {
  return cells.flatMap((cell) => [...kernelRecipes(cell), ...denseRecipes(cell)])
}

function kernelRecipes({ dataset, data, mean, std, connected }: KipCell): [string, Recipe][] {
  const seen = { preprocessing: 'channel', mean, std }
  const common = { method: 'kip', ...seen, batch: 5000, learningRate: 0.04, learnLabels: true }
  return Object.entries(kernels).flatMap(([kind, kernel]) =>
    [1, 10].map((ipc, i): [string, Recipe] => {
      const name = `kip/${dataset}/${kind}/ipc${ipc}`
      const settings = { ...common, ...kernel, ipc }
      if (kind !== 'rbf')
        return [name, { name, data, settings, source: connectedSource, published: connected[i] }]
      return [name, { name, data, settings, source: 'Nguyen, Chen, Lee, ICLR 2021 (settings only)' }]
    }),
  )
}

function denseRecipes({ dataset, data, mean, std, dense }: KipCell): [string, Recipe][] {
  return [1, 10, 50].map((ipc, i): [string, Recipe] => {
    const name = `kip/${dataset}/dense/ipc${ipc}`
    const settings = {
      method: 'kip',
      variant: 'authors',
      features: 'dense',
      depth: 1,
      slope: 0.1,
      ipc,
      steps: 30_000,
      batch: 5000,
      learningRate: 0.01,
      preprocessing: 'channel',
      mean,
      std,
      intercept: 'no',
    }
    return [name, { name, data, settings, source: denseSource, published: dense[i] }]
  })
}

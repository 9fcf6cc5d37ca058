import { matrix, relativeError, takeRows, type Matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import { featureMapKind } from '#features/index'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import { spectrumOf, rankError } from '#methods/closed-form/spectrum'
import { distillGaussNewton } from '#methods/gauss-newton'
import { singlePair, trainOnPair } from '#methods/izzo-zou/single-pair'
import { labelsFor } from '#methods/feature-labels'
import { distillRidge } from '#methods/ridge'
import { fitGlm, glmFamilies, glmTable } from '#models/glm'
import { fitRidgePath } from '#models/ridge'
import { trainRidgeOnPoints } from '#models/ridge-points'
import { smallTask } from './small-task.ts'

/** One row of the table: a claim, and an experiment that finds the smallest number of points. */
export interface Setting {
  readonly name: string
  readonly sizes: string
  readonly claim: string
  readonly source: string
  /** The claim as a number, for comparison. */
  readonly claimed: number
  /** Numbers of points that are tried, ascending. */
  readonly tried: readonly number[]
  /** Relative error of the model that m points train to, for an instance with this seed. */
  errorAt(blas: Blas, points: number, seed: number): Promise<number>
}

const paper = 'Chen, Huang, Weng 2024'
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, i) => from + i)

async function mapOf(blas: Blas, kind: string, inputSize: number, options: object, seed: number) {
  return featureMapKind(kind).create({ inputShape: [inputSize], options, seed }, blas)
}

/** Through the closed form in feature space and the inverse of the map. */
async function throughInverse(
  blas: Blas,
  points: number,
  seed: number,
  inputSize: number,
  map?: FeatureMap,
): Promise<number> {
  const task = await smallTask(blas, { examples: 60, inputSize, targets: 3 }, seed, map)
  const set = await distillRidge(task, { points, labelEncoding: 'soft', allowFewer: true })
  const inputs = map ? (await map.rightInverse(set.points, blas)).points : set.points
  const features = map ? await map.forward(inputs, blas) : inputs
  const { model } = await trainRidgeOnPoints(features, set.labels, 0, false, blas)
  return relativeError(model.weight, task.model.weight)
}

export const settings: readonly Setting[] = [
  {
    name: 'linear ridge regression',
    sizes: 'd = 12, k = 3',
    claim: 'k',
    source: `${paper}, Theorem 4.1`,
    claimed: 3,
    tried: upTo(6),
    errorAt: (blas, points, seed) => throughInverse(blas, points, seed, 12),
  },
  {
    name: 'surjective network (dense, LeakyReLU)',
    sizes: 'd = p = 12, k = 3',
    claim: 'k',
    source: `${paper}, Theorem 5.1`,
    claimed: 3,
    tried: upTo(6),
    errorAt: async (blas, points, seed) =>
      throughInverse(blas, points, seed, 12, await mapOf(blas, 'dense', 12, {}, seed)),
  },
  {
    name: 'deep linear network',
    sizes: 'd = 6, p = 14, k = 3',
    claim: 'k + 1',
    source: `${paper}, Theorem 5.3`,
    claimed: 4,
    tried: upTo(6),
    errorAt: async (blas, points, seed) =>
      throughInverse(blas, points, seed, 6, await mapOf(blas, 'linear-net', 6, { widths: [14, 14] }, seed)),
  },
  {
    name: 'non-surjective network, searched',
    sizes: 'd = 8, p = 16, k = 2',
    claim: 'p',
    source: `${paper}, Theorems 4.2 and 5.2`,
    claimed: 16,
    tried: upTo(8, 4),
    async errorAt(blas, points, seed) {
      const map = await mapOf(blas, 'dense', 8, { widths: [16] }, seed)
      const task = await smallTask(blas, { examples: 60, inputSize: 8, targets: 2 }, seed, map)
      const set = await distillGaussNewton(task, { points, restarts: 40, steps: 150 }).catch(missOf)
      if (typeof set === 'number') return set
      const features = await map.forward(set.points, blas)
      const { model } = await trainRidgeOnPoints(features, set.labels, 0, false, blas)
      return relativeError(model.weight, task.model.weight)
    },
  },
  {
    name: 'any features, labels only',
    sizes: 'Fourier, d = 5, p = 24, k = 3',
    claim: 'p',
    source: 'Maalouf et al. 2023; Theorem 4.2',
    claimed: 24,
    tried: upTo(26, 22),
    async errorAt(blas, points, seed) {
      const map = await mapOf(blas, 'fourier', 5, { width: 24, variance: 4 }, seed)
      const task = await smallTask(blas, { examples: 60, inputSize: 5, targets: 3 }, seed, map)
      const features = await map.forward((await task.references(points)).points, blas)
      return (await labelsFor(blas, features, task.model, 0)).error
    },
  },
  {
    name: 'linear ridge regression, all λ at once',
    sizes: 'd = 9, k = 2',
    claim: 'd',
    source: 'Izzo, Zou 2023',
    claimed: 9,
    tried: upTo(9, 7),
    async errorAt(blas, points, seed) {
      const task = await smallTask(blas, { examples: 60, inputSize: 9, targets: 2 }, seed)
      const path = await fitRidgePath(task.statistics, { blas, intercept: false })
      const ridges = [1e-2, 1, 10, 30, 100, 1000]
      // No m points span more than the best m directions of all W(λ) together.
      if (points < 9) return rankError(await spectrumOf(blas, (await path.stacked(ridges)).weights), points)
      const set = await distillRidge(task, { variant: 'd-set' })
      const errors = await Promise.all(
        ridges.map(async (ridge) => {
          const { model } = await trainRidgeOnPoints(set.points, set.labels, ridge, false, blas)
          return relativeError(model.weight, (await path.at(ridge)).weight)
        }),
      )
      return Math.max(...errors)
    },
  },
  {
    name: 'Gaussian kernel, subsets of the data',
    sizes: 'd = 6, n = 20',
    claim: 'n',
    source: 'Izzo, Zou 2023',
    claimed: 20,
    tried: upTo(20, 17),
    errorAt: gaussianSubset,
  },
  {
    name: 'logistic regression by gradient descent from a known start',
    sizes: 'd = 5, n = 300',
    claim: '1',
    source: 'Izzo, Zou 2023',
    claimed: 1,
    tried: [1],
    async errorAt(blas, _points, seed) {
      const task = await smallTask(blas, { examples: 300, inputSize: 5, targets: 1 }, seed)
      const noise = randomStream(seed, 'noise')
      const targets = task.labels.data.map((_, i) => Number(task.inputs.data[5 * i] + noise.normal() > 0))
      const { theta } = await fitGlm(glmTable(task.inputs, targets), glmFamilies.logistic, { blas })
      const initial = randomStream(seed, 'start').fillNormal(new Float64Array(5))
      const trained = trainOnPair(singlePair(glmFamilies.logistic, theta, initial))
      return relativeError(matrix(1, 5, trained.theta), matrix(1, 5, theta))
    },
  },
]

/** What a search that found nothing still missed. */
function missOf(error: unknown): number {
  if (error instanceof Error && 'values' in error) {
    const { relativeError: missed } = error.values as Record<string, unknown>
    if (typeof missed === 'number') return missed
  }
  throw error
}

/** f = Σ aᵢ k(xᵢ, ·) by the best m of its centres, chosen one by one; error in the norm of the kernel. */
async function gaussianSubset(blas: Blas, points: number, seed: number): Promise<number> {
  const { inputs, labels } = await smallTask(blas, { examples: 20, inputSize: 6, targets: 1 }, seed)
  const kernel = kernelOf(inputs)
  for (let i = 0; i < 20; i++) kernel.data[21 * i] += 0.1
  const shares = await blas.solve(kernel, labels)
  for (let i = 0; i < 20; i++) kernel.data[21 * i] -= 0.1
  const norm = Math.sqrt(quadratic(kernel, shares))
  const values = await blas.gemm(kernel, shares)
  const missedBy = async (chosen: readonly number[]) => {
    const columns = takeRows(kernel, chosen)
    const inner = matrix(chosen.length, chosen.length)
    chosen.forEach((column, j) =>
      chosen.forEach((_, i) => (inner.data[i * inner.cols + j] = columns.data[i * 20 + column])),
    )
    const best = await blas.solvePositive(inner, takeRows(values, chosen))
    const left = matrix(20, 1, shares.data.slice())
    chosen.forEach((column, j) => (left.data[column] -= best.data[j]))
    return Math.sqrt(quadratic(kernel, left)) / norm
  }
  let chosen: number[] = upTo(20, 1).map((i) => i - 1)
  while (chosen.length > points) {
    const without = chosen.map((gone) => chosen.filter((i) => i !== gone))
    const missed = await Promise.all(without.map(missedBy))
    chosen = without[missed.indexOf(Math.min(...missed))]
  }
  return missedBy(chosen)
}

function kernelOf(inputs: Matrix): Matrix {
  const { rows, cols, data } = inputs
  const result = matrix(rows, rows)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      let distance = 0
      for (let l = 0; l < cols; l++) distance += (data[i * cols + l] - data[j * cols + l]) ** 2
      result.data[i * rows + j] = Math.exp(-distance / 12)
    }
  }
  return result
}

/** aᵀ K a, kept from falling below zero by rounding. */
function quadratic({ rows, data }: Matrix, a: Matrix): number {
  let sum = 0
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++) sum += a.data[i] * data[i * rows + j] * a.data[j]
  return Math.max(0, sum)
}

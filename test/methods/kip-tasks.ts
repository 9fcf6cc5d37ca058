import type { Matrix } from '#core/matrix'
import { matrix, takeRows } from '#core/matrix'
import { randomStream } from '#core/random'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import type { KernelTask } from '#methods/kernel-task'
import type { Statistics } from '#statistics/statistics'

export interface SmallTask extends KernelTask {
  readonly inputs: Matrix
  readonly classes: Int32Array
}

/** Six petals about one centre, opposite ones of one class: no linear model tells them apart. */
export function petals(count: number, blas: Blas, seed = 1): SmallTask {
  const random = randomStream(seed, 'petals')
  const classes = Int32Array.from({ length: count }, (_, i) => i % 3)
  const inputs = matrix(count, 2)
  classes.forEach((petal, i) => {
    const angle = (petal + 3 * random.integer(2)) * (Math.PI / 3) + 0.17 * random.normal()
    const radius = 1.5 + 0.3 * random.normal()
    inputs.data.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i)
  })
  return {
    blas,
    inputs,
    classes,
    examples: {
      count,
      targets: classes,
      inputsAt: async (indices) => takeRows(inputs, indices),
    },
    target: { kind: 'class', names: ['rose', 'lily', 'iris'] },
    inputShape: [2],
    preprocessing: { name: 'none' },
    seed: 5,
    provenance: 'petals',
  }
}

/** The task with a feature map and the statistics of its features. */
export async function withFeatures(task: SmallTask, map: FeatureMap): Promise<SmallTask> {
  const phi = await map.forward(task.inputs, task.blas)
  const labels = matrix(task.classes.length, 3)
  task.classes.forEach((petal, i) => (labels.data[3 * i + petal] = 1))
  const inputSum = new Float64Array(phi.cols)
  phi.data.forEach((value, at) => (inputSum[at % phi.cols] += value))
  const targetGram = await task.blas.gemm(labels, labels, { transposeA: true })
  const statistics: Statistics = {
    count: phi.rows,
    inputSize: phi.cols,
    targetSize: 3,
    gram: await task.blas.syrk(phi, { transpose: true }),
    cross: await task.blas.gemm(labels, phi, { transposeA: true }),
    inputSum,
    targetSum: Float64Array.from({ length: 3 }, (_, c) => targetGram.data[4 * c]),
    targetGram,
    exact: false,
    provenance: task.provenance,
  }
  return { ...task, features: { map, statistics } }
}

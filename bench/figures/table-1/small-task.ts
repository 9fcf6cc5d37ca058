import { matrix, rowsOf, type Matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import type { RidgeTask } from '#methods/ridge-task'
import { fitRidge } from '#models/ridge'
import type { Statistics } from '#statistics/statistics'

export interface SmallTask extends RidgeTask {
  /** n × d. */
  readonly inputs: Matrix
  /** n × k. */
  readonly labels: Matrix
}

/** Normal inputs and real targets, and the ridge model (λ = 0.3, no intercept) on the inputs or on their features. */
export async function smallTask(
  blas: Blas,
  { examples, inputSize, targets }: { examples: number; inputSize: number; targets: number },
  seed: number,
  map?: FeatureMap,
): Promise<SmallTask> {
  const normal = (rows: number, cols: number, tag: string) =>
    matrix(rows, cols, randomStream(seed, tag).fillNormal(new Float64Array(rows * cols)))
  const inputs = normal(examples, inputSize, 'inputs')
  const labels = normal(examples, targets, 'labels')
  const statistics = await sumsOf(blas, map ? await map.forward(inputs, blas) : inputs, labels)
  return {
    blas,
    inputs,
    labels,
    statistics,
    model: await fitRidge(statistics, 0.3, { blas, intercept: false }),
    target: { kind: 'real', names: Array.from({ length: targets }, (_, c) => `t${c}`) },
    inputShape: [inputSize],
    preprocessing: { name: 'none' },
    seed,
    features: map,
    references: async (count) => ({ points: rowsOf(inputs, 0, Math.min(count, examples)) }),
  }
}

async function sumsOf(blas: Blas, inputs: Matrix, labels: Matrix): Promise<Statistics> {
  const ones = matrix(inputs.rows, 1, new Float64Array(inputs.rows).fill(1))
  const transposeA = { transposeA: true }
  return {
    count: inputs.rows,
    inputSize: inputs.cols,
    targetSize: labels.cols,
    gram: await blas.syrk(inputs, { transpose: true }),
    cross: await blas.gemm(labels, inputs, transposeA),
    inputSum: (await blas.gemm(inputs, ones, transposeA)).data,
    targetSum: (await blas.gemm(labels, ones, transposeA)).data,
    targetGram: await blas.syrk(labels, { transpose: true }),
    exact: false,
    provenance: 'small instance',
  }
}

import { matrix, rowsOf, type Matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { FeatureMap } from '#features/feature-map'
import { featureMapKind } from '#features/index'
import type { Blas } from '#linalg/blas'
import type { RidgeTask } from '#methods/ridge-task'
import { product } from './plain-ridge.ts'
import { taskFromData } from './ridge-tasks.ts'

export interface FeatureSettings {
  readonly kind?: string
  readonly inputSize: number
  /** Of images; default: [inputSize]. */
  readonly inputShape?: readonly number[]
  readonly options: Record<string, unknown>
  readonly targets: number
  readonly ridge?: number
  readonly intercept?: boolean
  readonly seed?: number
}

/** A task behind a map, which tests ask for by name. */
export interface MappedTask extends RidgeTask {
  readonly map: FeatureMap
}

export function gaussian(rows: number, cols: number, ...tags: (string | number)[]): Matrix {
  return matrix(rows, cols, randomStream(1, ...tags).fillNormal(new Float64Array(rows * cols)))
}

/** Random inputs with random real targets behind a random map, and the ridge model of their features. */
export async function featureTaskOf(blas: Blas, settings: FeatureSettings): Promise<MappedTask> {
  const { kind = 'dense', inputSize, options, targets, ridge = 0.3, intercept = false, seed = 0 } = settings
  const { inputShape = [inputSize] } = settings
  const map = await featureMapKind(kind).create({ inputShape, options, seed }, blas)
  const inputs = gaussian(4 * map.featureSize, inputSize, 'inputs', seed)
  const labels = gaussian(inputs.rows, targets, 'labels', seed)
  const features = await map.forward(inputs, blas)
  return {
    ...taskFromData(blas, features, labels, { ridge, intercept, kind: 'real', seed }),
    map,
    features: map,
    inputShape,
    references: async (count) => ({ points: rowsOf(inputs, 0, Math.min(count, inputs.rows)) }),
  }
}

/** φ of rows, with plain sums: dense layers of LeakyReLU without bias. */
export function leakyFeatures(map: FeatureMap, inputs: Matrix): Matrix {
  let current = inputs
  for (const weight of Object.values(map.weights())) {
    const columns = matrix(weight.cols, weight.rows)
    for (let i = 0; i < weight.rows; i++) {
      for (let j = 0; j < weight.cols; j++)
        columns.data[j * weight.rows + i] = weight.data[i * weight.cols + j]
    }
    const next = product(current, columns)
    next.data.forEach((value, at) => (next.data[at] = value < 0 ? 0.1 * value : value))
    current = next
  }
  return current
}

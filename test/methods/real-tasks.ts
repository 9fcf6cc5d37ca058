import type { Dataset, Preprocessing } from '#core/dataset'
import { inputSize } from '#core/dataset'
import { matrix, takeRows, toFloat32, toFloat64, relativeError } from '#core/matrix'
import type { RidgeSet } from '#core/distilled-set'
import { openDataset } from '#data/open'
import { preprocess } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import type { RidgeTask } from '#methods/ridge-task'
import { fitRidge } from '#models/ridge'
import { trainRidgeOnPoints } from '#models/ridge-points'
import { collectStatistics } from '#statistics/collect'
import { measurePreprocessing } from '#statistics/preprocessing'
import { finishRecord } from '#statistics/record'
import { transformStatistics } from '#statistics/transform'
import { withBias } from './plain-ridge.ts'

export interface RealTask {
  /** The task for one λ. */
  at(ridge: number, intercept: boolean): Promise<RidgeTask>
}

/** A dataset of RETORT_DATA as a ridge task: one pass, its usual preprocessing, references drawn in file order. */
export async function realTask(blas: Blas, path: string, target?: string): Promise<RealTask> {
  const dataset = await openDataset(path, { target })
  const { train } = dataset.splits
  const raw = await finishRecord((await collectStatistics(train, dataset, { blas })).fit)
  const name = dataset.kind === 'image' ? 'channel' : 'column'
  const preprocessing = await measurePreprocessing(name, raw, dataset, { blas })
  const statistics = await transformStatistics(raw, preprocessing, blas)
  const pool = await firstExamples(dataset, preprocessing, blas)
  return {
    async at(ridge, intercept) {
      const model = await fitRidge(statistics, ridge, { blas, intercept })
      const { target, inputShape } = dataset
      const references = async (count: number) => {
        const chosen = pool.order.slice(0, count)
        return {
          points: takeRows(pool.inputs, chosen),
          classes: pool.classes && Int32Array.from(chosen, (i) => pool.classes![i]),
        }
      }
      return { blas, model, statistics, target, inputShape, preprocessing, seed: 0, references }
    },
  }
}

/** ‖[W_S b_S] − [W b]‖ / ‖[W b]‖ in float64 and after storage as float32, trained as a receiver does. */
export async function errorsOf(blas: Blas, set: RidgeSet) {
  const { ridge, intercept, weight, bias } = set.training
  const error = async (stored: boolean) => {
    const points = stored ? toFloat64(toFloat32(set.points)) : set.points
    const labels = stored ? toFloat64(toFloat32(set.labels)) : set.labels
    const { model } = await trainRidgeOnPoints(points, labels, ridge, intercept, blas)
    return relativeError(withBias(model), withBias({ weight, bias }))
  }
  return { float64: await error(false), float32: await error(true) }
}

async function firstExamples(dataset: Dataset, preprocessing: Preprocessing, blas: Blas) {
  const { train } = dataset.splits
  const count = Math.min(train.count, 2000)
  const { inputs: raw, targets } = await train.at(Int32Array.from({ length: count }, (_, i) => i))
  const size = inputSize(dataset)
  const inputs = await preprocess(raw, count, size, preprocessing, blas)
  if (dataset.target.kind === 'real') {
    return { inputs: matrix(count, size, inputs.data), order: Array.from({ length: count }, (_, i) => i) }
  }
  const classes = Int32Array.from(targets)
  const members = dataset.target.names.map((_, c) => [...classes.keys()].filter((i) => classes[i] === c))
  const order: number[] = []
  for (let turn = 0; order.length < count; turn++) {
    for (const list of members) if (turn < list.length) order.push(list[turn])
  }
  return { inputs, classes, order }
}

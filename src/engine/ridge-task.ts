import type { Dataset } from '#core/dataset'
import { inputSize } from '#core/dataset'
import { preprocess } from '#data/preprocessing'
import { baselines } from '#evaluate/baselines/index'
import { chooseSubsets } from '#evaluate/subsets'
import type { Blas } from '#linalg/blas'
import type { RidgeTask } from '#methods/ridge-task'
import type { Fit } from './fit.ts'
import { drawReferences, examplesAt } from './pool.ts'

/** What a closed-form method sees of a fit. */
export function ridgeTask(dataset: Dataset, fit: Fit, seed: number, blas: Blas): RidgeTask {
  const width = inputSize(dataset)
  return {
    blas,
    model: fit.model,
    statistics: fit.statistics,
    target: dataset.target,
    inputShape: dataset.inputShape,
    preprocessing: fit.preprocessing,
    seed,
    features: fit.features,
    async references(count, coreset) {
      const classes = dataset.target.kind === 'class' ? dataset.target.names.length : undefined
      const chosen =
        coreset === undefined
          ? drawReferences(fit.pool, classes, count, seed)
          : await coresetOf(coreset, dataset, fit, { count, seed, blas })
      const { targets } = fit.pool
      const raw = examplesAt(fit.pool, chosen, width)
      const points = await preprocess(raw, chosen.length, width, fit.preprocessing, blas)
      return classes === undefined
        ? { points }
        : { points, classes: Int32Array.from(chosen, (index) => targets[index]) }
    },
  }
}

/** Indices in the pool of a coreset, class by class. */
async function coresetOf(
  id: string,
  dataset: Dataset,
  { pool, preprocessing }: Fit,
  { count, seed, blas }: { count: number; seed: number; blas: Blas },
): Promise<Uint32Array> {
  const chosen = baselines.filter((baseline) => baseline.id === id).map((one) => ({ ...one, seeds: 1 }))
  const [subset] = await chooseSubsets(chosen, {
    pool: { start: 0, ...pool },
    inputSize: inputSize(dataset),
    target: dataset.target,
    preprocessing,
    points: count,
    seed,
    blas,
  })
  return Uint32Array.from(subset.indices)
}

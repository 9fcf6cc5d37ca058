import type { RidgeSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import { relativeError, type Matrix } from '#core/matrix'
import { fromGrid, gridOf, toGrid } from '#core/point-grid'
import type { GridStorage } from '#core/storage'
import type { FeatureMap } from '#features/feature-map'
import { loadFeatures } from '#features/stored'
import type { Blas } from '#linalg/blas'
import { trainRidgeOnPoints } from '#models/ridge-points'
import { besideBias, labelsFor } from './feature-labels.ts'

/**
 * Moves points to a grid of integers and solves their labels anew (Theorem 4.2 of Chen, Huang, Weng, NeurIPS 2024), for λ_S as it was:
 * exact again where the points span all features, else as near to W as any labels on them come. The options tell
 * the relative errors ‖[W_S b_S] − [W b]‖ / ‖[W b]‖ before, on the grid with the labels as they were, and with the new.
 * @throws RetortError `usage/storage` for a set that serves every λ, which no labels of one λ can
 */
export async function pointsOnGrid(set: RidgeSet, storage: GridStorage, blas: Blas): Promise<RidgeSet> {
  const { training } = set
  if (training.originalRidge === 'all') throw refuseEveryRidge(storage)
  const grid = gridOf(set.points, storage)
  const points = fromGrid(toGrid(set.points, grid), grid)
  const map = set.features && (await loadFeatures(set.features, blas))
  const mapped = (rows: Matrix) => forward(rows, map, blas)
  const features = await mapped(points)
  const model = { ...training, ridge: training.originalRidge }
  const { labels, error } = await labelsFor(blas, features, model, training.ridge)
  return {
    ...set,
    points,
    labels,
    grid,
    options: {
      ...set.options,
      labelEncoding: 'soft',
      errorBeforeStorage: await errorOf(await mapped(set.points), set.labels, set, blas),
      errorWithOldLabels: await errorOf(features, set.labels, set, blas),
      errorRelabelled: error,
    },
  }
}

function forward(rows: Matrix, map: FeatureMap | undefined, blas: Blas): Promise<Matrix> {
  return map ? map.forward(rows, blas) : Promise.resolve(rows)
}

/** Relative error of [W b] of ridge regression on features and labels with the set's own λ_S. */
export async function errorOf(
  features: Matrix,
  labels: Matrix,
  { training }: Pick<RidgeSet, 'training'>,
  blas: Blas,
): Promise<number> {
  const { model } = await trainRidgeOnPoints(features, labels, training.ridge, training.intercept, blas)
  return relativeError(besideBias(model), besideBias(training))
}

/** What is said of integers for a set that serves every λ. */
export function refuseEveryRidge(storage: GridStorage): RetortError {
  return new RetortError({
    code: 'usage/storage',
    message: `--storage ${storage} solves labels for one λ, and this set is to serve every λ`,
    hint: 'Store it as float64 (--storage float64), or choose another --variant.',
    path: '--storage',
    values: { storage },
  })
}

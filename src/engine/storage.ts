import type { RidgeSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { FloatStorage, Storage } from '#core/storage'
import { isGridStorage } from '#core/storage'
import type { Blas } from '#linalg/blas'
import { pointsOnGrid, refuseEveryRidge } from '#methods/points-on-grid'
import type { StorageError } from '#methods/storage-errors'
import { storageErrors } from '#methods/storage-errors'
import type { DistillRequest } from './request.ts'
import type { ArtefactSettings } from './settings.ts'

/** Points up to which the errors of every element type are found unasked: a fraction of a second. */
const fewPoints = 128

/**
 * Refuses, before anything is computed, a grid for sets that serve every λ and cannot be labelled anew.
 * @throws RetortError `usage/storage`
 */
export function checkStorage(
  storage: Storage,
  { method, methodOptions }: Pick<DistillRequest, 'method' | 'methodOptions'>,
): void {
  const everyRidge =
    method === 'izzo-zou' || ('variant' in methodOptions && methodOptions.variant === 'd-set')
  if (isGridStorage(storage) && everyRidge) throw refuseEveryRidge(storage)
}

/** @throws RetortError `usage/storage` for integers, which need ridge regression's own way to labels */
export function requireFloatStorage(storage: Storage, method: string): asserts storage is FloatStorage {
  if (!isGridStorage(storage)) return
  throw new RetortError({
    code: 'usage/storage',
    message: `--storage ${storage} solves the labels of ridge regression anew, and sets of ${method} have none`,
    hint: 'Use --storage float32.',
    path: '--storage',
    values: { storage, method },
  })
}

/** The set in the storage that is asked for, and, where these are asked for, the errors that others would leave. */
export async function inStorage(
  set: RidgeSet,
  { storage, storageErrors: wanted }: Pick<ArtefactSettings, 'storage' | 'storageErrors'>,
  blas: Blas,
): Promise<{ set: RidgeSet; errors?: readonly StorageError[] }> {
  const tell = wanted === 'yes' || (wanted === 'auto' && set.points.rows <= fewPoints)
  return {
    set: isGridStorage(storage) ? await pointsOnGrid(set, storage, blas) : set,
    ...(tell && { errors: await storageErrors(set, blas) }),
  }
}

import type { RidgeSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { fromGrid, gridOf, toGrid } from '#core/point-grid'
import { loadFeatures } from '#features/stored'
import type { Blas } from '#linalg/blas'
import { labelsFor } from './feature-labels.ts'
import { errorOf } from './points-on-grid.ts'

/** What would be left of W, had the points been stored so: ‖[W_S b_S] − [W b]‖ / ‖[W b]‖. */
export interface StorageError {
  readonly storage: 'float64' | 'float32' | 'float16' | 'uint16' | 'uint8'
  /** With the labels of the set. */
  readonly error: number
  /** With labels solved anew for the rounded points; of integers only, which cannot do without. */
  readonly relabelled?: number
}

/**
 * Rounds the points to each element type and trains on what is left of them.
 * @param set with its points in float64, not yet rounded
 */
export async function storageErrors(set: RidgeSet, blas: Blas): Promise<StorageError[]> {
  const { points, labels, training } = set
  const map = set.features && (await loadFeatures(set.features, blas))
  const features = async (rows: Matrix) => (map ? map.forward(rows, blas) : rows)
  const errors: StorageError[] = []
  for (const [storage, round] of Object.entries(roundings)) {
    const rounded = matrix(points.rows, points.cols, points.data.map(round))
    const finite = rounded.data.every(Number.isFinite)
    const error = finite ? await errorOf(await features(rounded), labels, set, blas) : Infinity
    errors.push({ storage: storage === 'float64' || storage === 'float32' ? storage : 'float16', error })
  }
  if (training.originalRidge === 'all') return errors
  const model = { ...training, ridge: training.originalRidge }
  for (const storage of ['uint16', 'uint8'] as const) {
    const grid = gridOf(points, storage)
    const phi = await features(fromGrid(toGrid(points, grid), grid))
    const error = await errorOf(phi, labels, set, blas)
    const { error: relabelled } = await labelsFor(blas, phi, model, training.ridge)
    errors.push({ storage, error, relabelled })
  }
  return errors
}

const roundings = { float64: (value: number) => value, float32: Math.fround, float16: toHalf } as const

/** The nearest number of IEEE 754 binary16, ties to even; ±Infinity beyond its range. */
export function toHalf(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value))))
  // Adding and subtracting 1.5 · 2⁵² units rounds to a multiple of the unit.
  const large = 1.5 * 2 ** (52 + exponent - 10)
  const rounded = value + large - large
  return Math.abs(rounded) > 65504 ? Math.sign(value) * Infinity : rounded
}

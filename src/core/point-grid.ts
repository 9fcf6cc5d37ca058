import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { GridStorage } from '#core/storage'

/** Equally spaced values for each column of the points: offset + step · q for integers q from 0. */
export interface PointGrid {
  readonly storage: GridStorage
  /** Length d. */
  readonly offset: Float64Array
  /** Length d, ≥ 0; 0 for a column of one value. */
  readonly step: Float64Array
}

export type GridIntegers = Uint8Array | Uint16Array

const largest: Record<GridStorage, number> = { uint8: 2 ** 8 - 1, uint16: 2 ** 16 - 1 }

/** The grid from the least to the largest value of every column. */
export function gridOf({ rows, cols, data }: Matrix, storage: GridStorage): PointGrid {
  const offset = new Float64Array(cols)
  const step = new Float64Array(cols)
  for (let j = 0; j < cols; j++) {
    let low = Infinity
    let high = -Infinity
    for (let i = 0; i < rows; i++) {
      low = Math.min(low, data[i * cols + j])
      high = Math.max(high, data[i * cols + j])
    }
    offset[j] = low
    // Halved, so that the largest numbers of opposite sign do not overflow.
    step[j] = (high / 2 - low / 2) / (largest[storage] / 2)
  }
  return { storage, offset, step }
}

/** The nearest integer of every value, row by row. */
export function toGrid({ cols, data }: Matrix, { storage, offset, step }: PointGrid): GridIntegers {
  const integers = storage === 'uint8' ? new Uint8Array(data.length) : new Uint16Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const j = i % cols
    const q = step[j] === 0 ? 0 : Math.round((data[i] - offset[j]) / step[j])
    integers[i] = Math.max(0, Math.min(largest[storage], q))
  }
  return integers
}

/** offset + step · q in float64: the same bits in every language. */
export function fromGrid(integers: GridIntegers, { offset, step }: PointGrid): Matrix {
  const cols = offset.length
  const points = matrix(cols === 0 ? 0 : integers.length / cols, cols)
  for (let i = 0; i < integers.length; i++) points.data[i] = offset[i % cols] + step[i % cols] * integers[i]
  return points
}

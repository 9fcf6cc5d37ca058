import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'

/** Memory that one block after another works in: fresh arrays for each would cost more than the sums. */
export interface Room {
  /** A matrix with whatever was left in it; it shares storage with the last one of that name. */
  take(name: string, rows: number, cols: number): Matrix
}

export function createRoom(): Room {
  const arrays = new Map<string, Float64Array>()
  return {
    take(name, rows, cols) {
      const size = rows * cols
      let array = arrays.get(name)
      if (array === undefined || array.length < size) {
        array = new Float64Array(size)
        arrays.set(name, array)
      }
      return matrix(rows, cols, array.subarray(0, size))
    },
  }
}

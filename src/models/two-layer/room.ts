import type { AnyMatrix, Matrix } from '#core/matrix'
import { matrix, matrix32 } from '#core/matrix'
import type { ThinFeatures } from './thin-layer.ts'
import { createThinFeatures } from './thin-layer.ts'

/** Memory that one block after another works in: fresh arrays for each would cost more than the sums. */
export interface Room {
  /** A matrix with whatever was left in it; it shares storage with the last one of that name and element type. */
  take(name: string, rows: number, cols: number): Matrix
  take(name: string, rows: number, cols: number, elements: 'float32' | 'float64'): AnyMatrix
  /** Where features of thin layers are made: as many places as there are slots. */
  thinFeatures(slot: number): Promise<ThinFeatures>
}

export function createRoom(): Room {
  const doubles = new Map<string, Float64Array>()
  const singles = new Map<string, Float32Array>()
  const thin = new Map<number, Promise<ThinFeatures>>()
  function take(name: string, rows: number, cols: number): Matrix
  function take(name: string, rows: number, cols: number, elements: 'float32' | 'float64'): AnyMatrix
  function take(name: string, rows: number, cols: number, elements = 'float64'): AnyMatrix {
    const size = rows * cols
    if (elements === 'float32') {
      const array = large(singles.get(name), size) ?? new Float32Array(size)
      singles.set(name, array)
      return matrix32(rows, cols, array.subarray(0, size))
    }
    const array = large(doubles.get(name), size) ?? new Float64Array(size)
    doubles.set(name, array)
    return matrix(rows, cols, array.subarray(0, size))
  }
  function thinFeatures(slot: number): Promise<ThinFeatures> {
    const known = thin.get(slot) ?? createThinFeatures()
    thin.set(slot, known)
    return known
  }
  return { take, thinFeatures }
}

function large<A extends { length: number }>(array: A | undefined, size: number): A | undefined {
  return array !== undefined && array.length >= size ? array : undefined
}

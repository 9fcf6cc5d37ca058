import type { AnyMatrix } from '#core/matrix'
import { byRows } from './by-rows.ts'
import { rowStart, triangleLength } from './packed-triangle.ts'

/** A symmetric matrix of integer sums below 2⁵³, which float64 adds without rounding in any order. */
export interface ExactSums {
  readonly kind: 'exact'
  readonly size: number
  /** Packed upper triangle. */
  readonly values: Float64Array
}

/** Entries of the packed triangle worked on at a time. */
const stretch = 1 << 16

export function createExactSums(size: number): ExactSums {
  return { kind: 'exact', size, values: new Float64Array(triangleLength(size)) }
}

/** Adds the upper triangle of one block's product. */
export async function addExactProduct(sums: ExactSums, product: AnyMatrix): Promise<void> {
  const { size, values } = sums
  const { data } = product
  await byRows(size, size / 2, (i) => {
    const offset = rowStart(size, i) - i
    const row = i * size
    for (let j = i; j < size; j++) values[offset + j] += data[row + j]
  })
}

/** into ← into + sign · from */
export async function addExactSums(into: ExactSums, from: ExactSums, sign: 1 | -1): Promise<void> {
  const { values } = from
  await byRows(Math.ceil(values.length / stretch), stretch, (i) => {
    const end = Math.min((i + 1) * stretch, values.length)
    for (let t = i * stretch; t < end; t++) into.values[t] += sign * values[t]
  })
}

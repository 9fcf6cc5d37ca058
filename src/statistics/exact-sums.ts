import type { AnyMatrix } from '#core/matrix'
import { turn } from '#core/turn'
import { rowStart, triangleLength } from './packed-triangle.ts'

/** A symmetric matrix of integer sums below 2⁵³, which float64 adds without rounding in any order. */
export interface ExactSums {
  readonly kind: 'exact'
  readonly size: number
  /** Packed upper triangle. */
  readonly values: Float64Array
}

/** Entries added between two turns of the event loop: a few milliseconds. */
const stride = 1 << 21

export function createExactSums(size: number): ExactSums {
  return { kind: 'exact', size, values: new Float64Array(triangleLength(size)) }
}

/** Adds the upper triangle of one block's product. */
export async function addExactProduct(sums: ExactSums, product: AnyMatrix): Promise<void> {
  const { size, values } = sums
  const { data } = product
  let added = 0
  for (let i = 0; i < size; i++) {
    const offset = rowStart(size, i) - i
    const row = i * size
    for (let j = i; j < size; j++) values[offset + j] += data[row + j]
    added += size - i
    if (added > stride) {
      await turn()
      added = 0
    }
  }
}

/** into ← into + sign · from */
export async function addExactSums(into: ExactSums, from: ExactSums, sign: 1 | -1): Promise<void> {
  const { values } = from
  for (let start = 0; start < values.length; start += stride) {
    const end = Math.min(start + stride, values.length)
    for (let t = start; t < end; t++) into.values[t] += sign * values[t]
    if (end < values.length) await turn()
  }
}

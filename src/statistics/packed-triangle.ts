/** Upper triangle of a symmetric size × size matrix, diagonal included, row after row without gaps. */

/** Number of entries: size·(size + 1)/2. */
export function triangleLength(size: number): number {
  return (size * (size + 1)) / 2
}

/** Where row i starts; entry (i, j), j ≥ i, is at rowStart(i) + j − i. */
export function rowStart(size: number, i: number): number {
  return i * size - (i * (i - 1)) / 2
}

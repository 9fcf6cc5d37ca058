import type { Matrix } from '#core/matrix'

/** Euclidean length of every row; 1 for a row of zeros, which has no direction to scale. */
export function rowLengths({ rows, cols, data }: Matrix): Float64Array {
  const lengths = new Float64Array(rows)
  for (let i = 0, at = 0; i < rows; i++) {
    let sum = 0
    for (let j = 0; j < cols; j++, at++) sum += data[at] * data[at]
    lengths[i] = Math.sqrt(sum) || 1
  }
  return lengths
}

export function dot(a: Matrix, b: Matrix): number {
  let sum = 0
  for (let at = 0; at < a.data.length; at++) sum += a.data[at] * b.data[at]
  return sum
}

/** target + factor · a, in place. */
export function addMultiple(target: Matrix, factor: number, a: Matrix): void {
  for (let at = 0; at < a.data.length; at++) target.data[at] += factor * a.data[at]
}

/** Index of the largest of data[start..start + size): the first of equals, −1 where all are NaN. */
export function argmax(data: Float64Array, start: number, size: number): number {
  let best = -1
  let largest = -Infinity
  for (let c = 0; c < size; c++) {
    const value = data[start + c]
    if (value > largest || (best < 0 && value === largest)) {
      largest = value
      best = c
    }
  }
  return best
}

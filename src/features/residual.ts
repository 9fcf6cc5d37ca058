import type { Matrix } from '#core/matrix'
import { frobeniusNorm, matrix } from '#core/matrix'

/** ‖c·φ − Φ‖_F / ‖Φ‖_F; the plain norm where Φ is zero. */
export function residual(reached: Matrix, wanted: Matrix, scale: number): number {
  const { rows, cols, data } = wanted
  let missed = 0
  let size = 0
  for (let at = 0; at < data.length; at++) {
    const difference = scale * reached.data[at] - data[at]
    missed += difference * difference
    size += data[at] * data[at]
  }
  if (inRange(missed) && inRange(size)) return Math.sqrt(missed / size)
  const difference = matrix(
    rows,
    cols,
    reached.data.map((value, at) => scale * value - data[at]),
  )
  return frobeniusNorm(difference) / (frobeniusNorm(wanted) || 1)
}

/** Whether a sum of squares neither overflowed nor lost terms that count. */
function inRange(squares: number): boolean {
  return squares > 1e-250 && squares < 1e300
}

export function largestMagnitude(a: Matrix): number {
  const { data } = a
  let largest = 0
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]))
  return largest
}

import type { Matrix } from '#core/matrix'
import { frobeniusNorm, matrix } from '#core/matrix'

/** ‖c·φ − Φ‖_F / ‖Φ‖_F; the plain norm where Φ is zero. */
export function residual(reached: Matrix, wanted: Matrix, scale: number): number {
  const { rows, cols, data } = wanted
  const difference = new Float64Array(data.length)
  for (let at = 0; at < data.length; at++) difference[at] = scale * reached.data[at] - data[at]
  const size = frobeniusNorm(wanted)
  return frobeniusNorm(matrix(rows, cols, difference)) / (size === 0 ? 1 : size)
}

export function largestMagnitude(a: Matrix): number {
  const { data } = a
  let largest = 0
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]))
  return largest
}

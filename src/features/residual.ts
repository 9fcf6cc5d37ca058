import type { Matrix } from '#core/matrix'
import { frobeniusNorm, matrix } from '#core/matrix'

/** ‖c·φ − Φ‖_F / ‖Φ‖_F; the plain norm where Φ is zero. */
export function residual(reached: Matrix, wanted: Matrix, scale: number): number {
  const difference = reached.data.map((value, at) => scale * value - wanted.data[at])
  const size = frobeniusNorm(wanted)
  return frobeniusNorm(matrix(wanted.rows, wanted.cols, difference)) / (size === 0 ? 1 : size)
}

export function largestMagnitude(a: Matrix): number {
  let largest = 0
  for (const value of a.data) largest = Math.max(largest, Math.abs(value))
  return largest
}

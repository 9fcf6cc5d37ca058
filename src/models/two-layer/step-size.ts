import type { Random } from '#core/random'
import type { Blas } from '#linalg/blas'
import { rowLength } from './first-layer.ts'
import type { FirstPoints } from './gate.ts'
import { meanRowNorm, pointGradients } from './gate.ts'
import { drawNeurons } from './initialisation.ts'

const drawn = 1000

/** η with which the rows ±η v(w) of a student have the mean length ρ, over a thousand neurons that are thrown away. */
export async function calibrateStep(first: FirstPoints, random: Random, blas: Blas): Promise<number> {
  const neurons = drawNeurons(drawn, first.points.cols, random)
  return rowLength / meanRowNorm(await pointGradients(neurons, first, blas))
}

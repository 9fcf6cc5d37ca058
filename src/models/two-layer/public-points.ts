import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { TwoLayerTraining } from '#core/two-layer-training'
import type { Blas } from '#linalg/blas'
import { basisOfPivots } from './subspace.ts'

/**
 * Inputs of the second layer's labels: not stored, but drawn again by whoever trains. Standard normals row by row, times
 * the spread, in the span of the distilled points or in all of R^d.
 * @param points x̃, M1 × d: gives the basis of `span`
 * @returns M2 × d
 */
export async function publicPoints(
  { seed, count, spread, mode, pivots }: TwoLayerTraining['secondPoints'],
  points: Matrix,
  blas: Blas,
): Promise<Matrix> {
  const cols = mode === 'span' ? pivots.length : points.cols
  const drawn = randomStream(seed, 'public-points').fillNormal(new Float64Array(count * cols))
  for (let at = 0; at < drawn.length; at++) drawn[at] *= spread
  const coordinates = matrix(count, cols, drawn)
  return mode === 'span' ? blas.gemm(coordinates, basisOfPivots(points, pivots)) : coordinates
}

import type { Matrix } from '#core/matrix'
import { matrix, transpose } from '#core/matrix'
import { randomStream } from '#core/random'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'

export const distributions = ['gaussian', 'orthogonal'] as const
export type Distribution = (typeof distributions)[number]

/** Independent normals with the given standard deviation. Streams of different tags never share draws. */
export async function gaussianMatrix(
  rows: number,
  cols: number,
  deviation: number,
  seed: number,
  ...tags: (string | number)[]
): Promise<Matrix> {
  const random = randomStream(seed, 'features', ...tags)
  const result = matrix(rows, cols)
  const run = 2 ** 18
  for (let from = 0; from < result.data.length; from += run) {
    if (from > 0) await turn()
    const part = random.fillNormal(result.data.subarray(from, from + run))
    for (let at = 0; at < part.length; at++) part[at] *= deviation
  }
  return result
}

/**
 * A layer's weights, outputs × inputs.
 * `gaussian`: N(0, 1/inputs). `orthogonal`: orthonormal rows (columns where there are more outputs than inputs),
 * uniformly distributed (Mezzadri, "How to generate random matrices from the classical compact groups", Notices of
 * the AMS 54 (2007)); made by a QR factorisation, so providers agree to rounding, not to the bit.
 */
export async function drawWeights(
  outputs: number,
  inputs: number,
  distribution: Distribution,
  seed: number,
  tags: readonly (string | number)[],
  blas: Blas,
): Promise<Matrix> {
  if (distribution === 'gaussian')
    return gaussianMatrix(outputs, inputs, 1 / Math.sqrt(inputs), seed, ...tags)
  const tall = await gaussianMatrix(Math.max(outputs, inputs), Math.min(outputs, inputs), 1, seed, ...tags)
  const { q, r } = await blas.qr(tall)
  for (let at = 0; at < q.data.length; at++) {
    const column = at % q.cols
    if (r.data[column * r.cols + column] < 0) q.data[at] = -q.data[at]
  }
  return outputs >= inputs ? q : transpose(q)
}

import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Random } from '#core/random'

/**
 * First layers of the symmetric initialisation (Damian, Lee, Soltanolkotabi, COLT 2022, as remembered): neurons l and
 * l + P share w ~ N(0, I/d) and have output weights +1 and −1, so that the network starts as zero.
 * @returns the P distinct rows, P × d
 */
export function drawNeurons(count: number, inputSize: number, random: Random): Matrix {
  const neurons = matrix(count, inputSize, random.fillNormal(new Float64Array(count * inputSize)))
  const deviation = 1 / Math.sqrt(inputSize)
  for (let at = 0; at < neurons.data.length; at++) neurons.data[at] *= deviation
  return neurons
}

/** Biases after the first-layer step: independent N(0, 1), for l and for l + P alike. */
export function drawBiases(width: number, random: Random): Float64Array {
  return random.fillNormal(new Float64Array(width))
}

/** @throws RetortError `usage/width` unless the width is even and positive */
export function requireEvenWidth(width: number): void {
  if (Number.isInteger(width) && width >= 2 && width % 2 === 0) return
  throw new RetortError({
    code: 'usage/width',
    message: `a width of ${width} cannot be split into pairs`,
    why: 'Neurons start in pairs with output weights +1 and −1, so that the network starts as zero.',
    hint: 'Use an even --width.',
    path: '--width',
    values: { width },
  })
}

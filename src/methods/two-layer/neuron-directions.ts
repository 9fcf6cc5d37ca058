import type { Matrix } from '#core/matrix'
import { copyOf, matrix } from '#core/matrix'
import type { Matching } from './exact-direction.ts'
import type { FirstPoints } from '#models/two-layer/gate'
import { gates, pointGradients, rowNorms } from '#models/two-layer/gate'
import { dataGradients } from '#models/two-layer/gradient'

export type NeuronMatching = 'inner-product' | 'cosine' | 'squared'

/**
 * Gradient matching over given neurons (J initialisations of P pairs are JP neurons). With g = ĝ(w) of the data and
 * s = v(w) of the points, averaged over neurons, the losses are
 *   inner product: −⟨g, s⟩ · M1,   cosine: −cos(g, s) · M1,   squared: ½|g − s|² · M1,
 * and the direction is minus their derivative by the points; gates are constant almost everywhere.
 */
export function neuronMatching(kind: NeuronMatching, neurons: Matrix): Matching {
  return async (first, data) => {
    const { blas } = data
    const wanted = await dataGradients(neurons, data.passes, data.linear, blas, data.watch)
    const found = await pointGradients(neurons, first, blas)
    const pattern = await gates(neurons, first, blas)
    const pull = pulls[kind](wanted, found)
    return {
      direction: await blas.gemm(pattern, pull, { transposeA: true, alpha: 1 / neurons.rows }),
      loss: (matchingLosses[kind](wanted, found) * first.points.rows) / neurons.rows,
    }
  }
}

/** The matching loss itself, for given gradients of the data: what the directions descend. */
export async function matchingLoss(
  kind: NeuronMatching,
  neurons: Matrix,
  wanted: Matrix,
  first: FirstPoints,
  blas: Parameters<typeof pointGradients>[2],
): Promise<number> {
  const found = await pointGradients(neurons, first, blas)
  return (matchingLosses[kind](wanted, found) * first.points.rows) / neurons.rows
}

type OfGradients<T> = Record<NeuronMatching, (wanted: Matrix, found: Matrix) => T>

/** Minus the derivative of one neuron's loss (per M1) by s. */
const pulls: OfGradients<Matrix> = {
  'inner-product': (wanted) => wanted,
  squared: (wanted, found) => {
    const pull = copyOf(wanted)
    for (let at = 0; at < pull.data.length; at++) pull.data[at] -= found.data[at]
    return pull
  },
  cosine: (wanted, found) => {
    const { rows, cols } = wanted
    const pull = matrix(rows, cols)
    const cosines = rowCosines(wanted, found)
    for (let l = 0; l < rows; l++) {
      const { cosine, wantedNorm, foundNorm } = cosines[l]
      if (wantedNorm === 0 || foundNorm === 0) continue
      for (let at = l * cols; at < (l + 1) * cols; at++) {
        pull.data[at] = (wanted.data[at] / wantedNorm - (cosine * found.data[at]) / foundNorm) / foundNorm
      }
    }
    return pull
  },
}

const matchingLosses: OfGradients<number> = {
  'inner-product': (wanted, found) => -inner(wanted, found, 0, wanted.data.length),
  squared: (wanted, found) => {
    let sum = 0
    for (let at = 0; at < wanted.data.length; at++) sum += (wanted.data[at] - found.data[at]) ** 2
    return sum / 2
  },
  cosine: (wanted, found) => -rowCosines(wanted, found).reduce((sum, { cosine }) => sum + cosine, 0),
}

function rowCosines(wanted: Matrix, found: Matrix) {
  const wantedNorms = rowNorms(wanted)
  const foundNorms = rowNorms(found)
  return Array.from(wantedNorms, (wantedNorm, l) => {
    const foundNorm = foundNorms[l]
    const product = inner(wanted, found, l * wanted.cols, (l + 1) * wanted.cols)
    const length = wantedNorm * foundNorm
    return { cosine: length > 0 ? product / length : 0, wantedNorm, foundNorm }
  })
}

function inner(a: Matrix, b: Matrix, from: number, to: number): number {
  let sum = 0
  for (let at = from; at < to; at++) sum += a.data[at] * b.data[at]
  return sum
}

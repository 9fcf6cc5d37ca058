import { z } from 'zod'
import type { RidgeSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { frobeniusNorm, matrix } from '#core/matrix'
import type { Precondition } from '#core/precondition'
import type { Blas } from '#linalg/blas'
import { columnMeans, labelFrame } from '#methods/closed-form/labels'
import { boundSlack, largestRidge } from '#methods/closed-form/roots'
import { figure } from '#artefact/report/figures'
import type { Spectrum } from '#methods/closed-form/spectrum'
import { spectrumOf } from '#methods/closed-form/spectrum'
import { maalouf } from '#methods/maalouf'
import { theoremOf } from '#methods/ridge/preconditions'
import { fitRounding } from '#methods/ridge/promised-model'
import { ridgeLabelSolve } from '#methods/ridge-label-solve'
import { ridgeOptions } from '#methods/ridge-options'
import type { Theorem, TheoremId } from '#methods/theorems'
import { theorem } from '#methods/theorems'
import { carriedRank } from './bounds.ts'
import { euclideanNorm } from './model-difference.ts'

const settled = z.object({
  variant: ridgeOptions.shape.variant.unwrap(),
  labelEncoding: ridgeOptions.shape.labelEncoding.unwrap(),
})

/** The theorem that a set rests on; for one whose options are not those of `ridge`, the general one. */
export function theoremOfSet({ method, options, training, grid }: RidgeSet): Theorem {
  if (grid) return theorem('label-solve')
  const parsed = settled.safeParse(options)
  if (parsed.success) return theorem(theoremOf(parsed.data.variant, parsed.data.labelEncoding))
  if (method === ridgeLabelSolve.id || method === maalouf.id) return theorem('label-solve')
  return theorem(training.originalRidge === 'all' ? 'every-ridge' : 'free-labels')
}

/**
 * What the theorems assume, measured on the set as it is stored: nothing is taken over from whoever made it, so that
 * a receiver measures the same.
 * @param weight spectrum of W
 */
export async function measurePreconditions(
  set: RidgeSet,
  weight: Spectrum,
  blas: Blas,
): Promise<Precondition[]> {
  const { points, labels, training } = set
  const { intercept, ridge, originalRidge } = training
  const carried = carriedRank(points.rows, intercept)
  const list = [
    record(
      'enough-points',
      intercept ? 'intercept' : 'free-labels',
      `the points can carry W, whose rank is ${weight.rank}`,
      carried >= weight.rank,
      points.rows,
      `at least ${Math.max(1, weight.rank + (intercept ? 1 : 0))}`,
    ),
  ]
  const labelMean = columnMeans(labels)
  const centred = intercept ? lessMean(labels, labelMean) : labels
  const frame = await labelFrame(blas, centred, training.weight, frobeniusNorm(labels))
  list.push(
    record(
      'labels-reach-model',
      'fixed-labels',
      'the range of W lies in that of the labels Y_S; the share of W outside it is',
      frame.unreached <= fitRounding,
      frame.unreached,
      `at most ${figure(fitRounding)}`,
    ),
  )
  if (intercept) {
    const left = meanResidual(set, labelMean)
    list.push(
      record(
        'label-mean',
        'intercept',
        'W x̄_S + b = ȳ_S; the share left over is',
        left <= fitRounding,
        left,
        `at most ${figure(fitRounding)}`,
      ),
    )
  }
  if (ridge > 0 && originalRidge !== 'all') {
    const bound = largestRidge((await spectrumOf(blas, frame.m)).values[0] ?? 0)
    list.push(
      Number.isFinite(bound)
        ? record(
            'ridge-bound',
            'fixed-labels',
            'λ_S ≤ 1/(4 ‖Y_S⁺W‖²), without which no points serve these labels',
            ridge <= bound * (1 + Math.max(boundSlack, fitRounding)),
            ridge,
            `at most ${figure(bound, 6)}`,
          )
        : record('ridge-bound', 'fixed-labels', 'W is zero and serves every λ_S', true, ridge, 'at least 0'),
    )
  }
  return list
}

function record(
  id: string,
  source: TheoremId,
  statement: string,
  holds: boolean,
  measured: number,
  needed: string,
): Precondition {
  return { id, theorem: theorem(source).source, statement, holds, measured, needed }
}

function lessMean({ rows, cols, data }: Matrix, mean: Float64Array): Matrix {
  return matrix(
    rows,
    cols,
    data.map((value, t) => value - mean[t % cols]),
  )
}

/** ‖W x̄_S + b − ȳ_S‖ relative to ‖W‖ and the rms length of points and labels, to which their rounding is relative. */
function meanResidual({ points, labels, training }: RidgeSet, labelMean: Float64Array): number {
  const { weight, bias } = training
  const mean = columnMeans(points)
  const residual = Float64Array.from(bias, (offset, i) => {
    let sum = offset - labelMean[i]
    for (let j = 0; j < weight.cols; j++) sum += weight.data[i * weight.cols + j] * mean[j]
    return sum
  })
  const lengths = frobeniusNorm(weight) * frobeniusNorm(points) + frobeniusNorm(labels)
  const scale = lengths / Math.sqrt(points.rows) + euclideanNorm(bias)
  return scale === 0 ? 0 : euclideanNorm(residual) / scale
}

import type { Dataset, Preprocessing, PreprocessingName } from '#core/dataset'
import { RetortError } from '#core/errors'
import { matrix } from '#core/matrix'
import { unitPreprocessing } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import { byRows } from './by-rows.ts'
import { blockRowsOf } from './canonical-blocks.ts'
import type { RawStatistics } from './statistics.ts'

export type InputKind = Pick<Dataset, 'kind' | 'inputShape' | 'elementType'>

export interface MeasureOptions {
  readonly blas: Blas
  /** Of `zca`: multiple of the mean variance that is added to every variance before whitening; default 0.1. */
  readonly regularisation?: number
}

/**
 * A preprocessing by name, measured on statistics where it depends on the data.
 *
 * - `unit`: bytes divided by 255.
 * - `channel`: mean 0 and standard deviation 1 over all pixels of each channel.
 * - `column`: mean 0 and standard deviation 1 of each input; a constant input becomes 0.
 * - `zca`: M = U (s + ε)^(−1/2) Uᵀ of the covariance U s Uᵀ, ε = regularisation · trace / p (as in Nguyen et al. 2021).
 *
 * Standard deviations are those of the population (divided by n).
 * @throws RetortError `config/preprocessing` where it makes no sense for these inputs
 */
export async function measurePreprocessing(
  name: PreprocessingName,
  statistics: RawStatistics,
  inputs: InputKind,
  options: MeasureOptions,
): Promise<Preprocessing> {
  switch (name) {
    case 'none':
      return { name }
    case 'unit':
      if (inputs.elementType !== 'uint8') throw needs('unit', '8-bit inputs', inputs.elementType)
      return unitPreprocessing(statistics.inputSize)
    case 'channel':
      if (inputs.kind !== 'image') throw needs('channel', 'images', `${inputs.kind}s`)
      return { name, ...standardised(channelMoments(statistics, inputs.inputShape[2] ?? 1)) }
    case 'column':
      return { name, ...standardised(columnMoments(statistics)) }
    case 'zca':
      return { name, ...(await whitened(statistics, options)) }
  }
}

interface Moments {
  readonly mean: Float64Array
  /** Population variance; exactly 0 where the input is constant. */
  readonly variance: Float64Array
}

/** x′ = (x − mean) / std, and x − mean where the spread is 0. */
function standardised({ mean, variance }: Moments): { scale: Float64Array; shift: Float64Array } {
  const scale = variance.map((value) => (value > 0 ? 1 / Math.sqrt(value) : 1))
  return { scale, shift: mean.map((value, j) => -value * scale[j]) }
}

/** A spread below the rounding of a block's sum of squares is none. */
const constantShare = blockRowsOf('float64') * Number.EPSILON

function columnMoments({
  count,
  inputSize: p,
  origin,
  shiftedGram,
  shiftedSum,
  exact,
}: RawStatistics): Moments {
  const mean = new Float64Array(p)
  const variance = new Float64Array(p)
  for (let j = 0; j < p && count > 0; j++) {
    const sum = shiftedSum[j]
    const squares = shiftedGram.data[j * p + j]
    mean[j] = exact ? (sum + count * origin[j]) / count : origin[j] + sum / count
    if (exact) {
      const scaled = BigInt(count) * BigInt(squares) - BigInt(sum) * BigInt(sum)
      variance[j] = Number(scaled) / count / count
      continue
    }
    const spread = squares - (sum * sum) / count
    variance[j] = spread > constantShare * squares ? spread / count : 0
  }
  return { mean, variance }
}

/** Channels are the last dimension; every input of a channel gets the channel's moments. */
function channelMoments(statistics: RawStatistics, channels: number): Moments {
  const p = statistics.inputSize
  const columns = columnMoments(statistics)
  const pixels = p / channels
  const mean = new Float64Array(p)
  const variance = new Float64Array(p)
  for (let channel = 0; channel < channels; channel++) {
    const inputs = Array.from({ length: pixels }, (_, pixel) => pixel * channels + channel)
    const channelMean = inputs.reduce((sum, j) => sum + columns.mean[j] / pixels, 0)
    const channelVariance = inputs.reduce(
      (sum, j) => sum + (columns.variance[j] + (columns.mean[j] - channelMean) ** 2) / pixels,
      0,
    )
    for (const j of inputs) {
      mean[j] = channelMean
      variance[j] = channelVariance
    }
  }
  return { mean, variance }
}

async function whitened(statistics: RawStatistics, { blas, regularisation = 0.1 }: MeasureOptions) {
  const { count, inputSize: p, origin, shiftedGram, shiftedSum } = statistics
  const covariance = matrix(p, p)
  await byRows(p, p, (i) => {
    for (let j = 0; j < p; j++) {
      covariance.data[i * p + j] =
        (shiftedGram.data[i * p + j] - (shiftedSum[i] * shiftedSum[j]) / count) / count
    }
  })
  let trace = 0
  for (let j = 0; j < p; j++) trace += Math.max(0, covariance.data[j * p + j])
  const added = (regularisation * trace) / p
  if (!(added > 0)) {
    throw new RetortError({
      code: 'config/preprocessing',
      message:
        trace > 0 ? `A ZCA regularisation of ${regularisation} is not positive` : 'All examples are equal',
      why: 'Whitening divides by the spread of the inputs in every direction.',
      hint: 'Use --preprocessing none.',
      values: { trace, regularisation },
    })
  }
  const { values, vectors } = await blas.eigenSymmetric(covariance)
  // M = (U (s + ε)^(−1/4)) (U (s + ε)^(−1/4))ᵀ is symmetric to the last bit.
  const half = matrix(p, p)
  const roots = values.map((value) => (Math.max(value, 0) + added) ** -0.25)
  await byRows(p, p, (i) => {
    for (let j = 0; j < p; j++) half.data[i * p + j] = vectors.data[i * p + j] * roots[j]
  })
  const whitening = await blas.syrk(half)
  return { mean: shiftedSum.map((sum, j) => origin[j] + sum / count), whitening, regularisation }
}

function needs(name: PreprocessingName, needed: string, found: string): RetortError {
  return new RetortError({
    code: 'config/preprocessing',
    message: `The preprocessing '${name}' needs ${needed}; these are ${found}`,
    hint: 'Use --preprocessing column, or none.',
    values: { preprocessing: name, found },
  })
}

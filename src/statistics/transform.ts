import type { Preprocessing } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { byRows } from './by-rows.ts'
import type { RawStatistics, Statistics } from './statistics.ts'

/**
 * Statistics of preprocessed inputs from those of raw inputs, by algebra. With v = x − origin, an affine preprocessing
 * is a ∘ (v − w) for some w, and whitening is M (v − w); so S′ is the Gram matrix about w, scaled or whitened.
 * `none` gives the exact integers of exact statistics.
 * @throws RangeError for a scale of 0, which forgets the input
 */
export async function transformStatistics(
  raw: RawStatistics,
  preprocessing: Preprocessing,
  blas: Blas,
): Promise<Statistics> {
  const { count, inputSize, targetSize, origin, targetSum, targetGram, provenance } = raw
  const rest = { count, inputSize, targetSize, targetSum, targetGram, provenance }
  if (preprocessing.name === 'none') {
    const sums = await recentred(
      raw,
      origin.map((o) => -o),
    )
    return { ...rest, ...sums, exact: raw.exact }
  }
  if (preprocessing.name === 'zca') {
    const { whitening } = preprocessing
    const sums = await recentred(
      raw,
      preprocessing.mean.map((mean, j) => mean - origin[j]),
    )
    const half = await blas.gemm(whitening, sums.gram)
    const gram = await blas.gemm(half, whitening)
    await symmetrise(gram)
    const cross = await blas.gemm(sums.cross, whitening)
    const inputSum = await blas.gemm(matrix(1, inputSize, sums.inputSum), whitening)
    return { ...rest, gram, cross, inputSum: inputSum.data, exact: false }
  }
  const { scale, shift } = preprocessing
  if (scale.includes(0)) throw new RangeError('a preprocessing cannot scale by 0')
  const sums = await recentred(
    raw,
    scale.map((a, j) => -shift[j] / a - origin[j]),
  )
  await scaled(sums, scale)
  return { ...rest, ...sums, exact: false }
}

interface Sums {
  readonly gram: Matrix
  readonly cross: Matrix
  readonly inputSum: Float64Array
}

/** Sums of v − w: V − Σv wᵀ − w Σvᵀ + n w wᵀ, and so on. */
async function recentred(raw: RawStatistics, w: Float64Array): Promise<Sums> {
  const { count, inputSize: p, targetSize: k, shiftedGram, shiftedCross, shiftedSum, targetSum } = raw
  const gram = matrix(p, p)
  const inputSum = shiftedSum.map((sum, j) => sum - count * w[j])
  await byRows(p, p, (i) => {
    for (let j = 0; j <= i; j++) {
      // Ordered so that integers stay integers and that large w meets small sums first.
      const value = shiftedGram.data[i * p + j] - shiftedSum[i] * w[j] - w[i] * inputSum[j]
      gram.data[i * p + j] = value
      gram.data[j * p + i] = value
    }
  })
  const cross = matrix(k, p)
  for (let c = 0; c < k; c++) {
    for (let j = 0; j < p; j++) cross.data[c * p + j] = shiftedCross.data[c * p + j] - targetSum[c] * w[j]
  }
  return { gram, cross, inputSum }
}

async function scaled({ gram, cross, inputSum }: Sums, scale: Float64Array): Promise<void> {
  const p = scale.length
  await byRows(p, p, (i) => {
    for (let j = 0; j < p; j++) gram.data[i * p + j] *= scale[i] * scale[j]
  })
  for (let t = 0; t < cross.data.length; t++) cross.data[t] *= scale[t % p]
  for (let j = 0; j < p; j++) inputSum[j] *= scale[j]
}

async function symmetrise(a: Matrix): Promise<void> {
  const n = a.rows
  await byRows(n, n, (i) => {
    for (let j = 0; j < i; j++) {
      a.data[i * n + j] = a.data[j * n + i] = (a.data[i * n + j] + a.data[j * n + i]) / 2
    }
  })
}

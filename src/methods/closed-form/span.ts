import { frobeniusNorm, matrix, type Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { centringOf } from './centring.ts'
import { spectrumOf } from './spectrum.ts'

/** What labels on given points can carry. */
export interface Span {
  /** Of the features, about their mean with an intercept. */
  readonly rank: number
  /** ‖W (I − P)‖ / ‖W‖, P the projection onto the span of the features: what no labels on them give back. */
  readonly missed: number
}

/** @param features Φ_S, m × p @param weight W, k × p */
export async function spanOf(
  blas: Blas,
  features: Matrix,
  { weight, intercept }: { weight: Matrix; intercept: boolean },
): Promise<Span> {
  const centring = await centringOf(blas, features.rows, intercept)
  const { rank, vt } = await spectrumOf(blas, await centring.reduce(features))
  const norm = frobeniusNorm(weight)
  if (norm === 0) return { rank, missed: 0 }
  if (rank === 0) return { rank, missed: 1 }
  const carried = await blas.gemm(await blas.gemm(weight, vt, { transposeB: true }), vt)
  const left = matrix(
    weight.rows,
    weight.cols,
    weight.data.map((value, t) => value - carried.data[t]),
  )
  return { rank, missed: frobeniusNorm(left) / norm }
}

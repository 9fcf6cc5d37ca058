import { copyOf, frobeniusNorm, identity, matrix, relativeError, transpose, type Matrix } from '#core/matrix'
import type { Random } from '#core/random'
import type { Blas } from '#linalg/blas'
import { complementBasis, orthogonalComplement } from './complement.ts'
import { normalMatrix } from './random-frame.ts'
import {
  beside,
  columnsOf,
  firstColumns,
  rankTolerance,
  scaleColumns,
  scaleRows,
  spectrumOf,
} from './spectrum.ts'

/** Examples that hold Row(W) come back unchanged even where they do so this much less well than `floor` asks. */
const unchangedSlack = 20

/** Points near given examples whose row space holds that of W. */
export interface NearestPoints {
  /** X_S, m × p. */
  readonly points: Matrix
  /** G with X_Sᵀ G = qᵀ, m × r. */
  readonly dual: Matrix
}

/**
 * The points nearest to real examples in data space (Frobenius norm) among those whose row space holds that of W.
 * With R = X̂ − X̂qᵀq, every such X_S is at least the r smallest singular values of R away, in quadrature (Ky Fan).
 * Here X_S = X̂ − TTᵀX̂ + T N q, with T the r last left singular vectors of R and N = TᵀX̂qᵀ, whose singular values are
 * raised to the floor τ = conditioning · ‖X̂‖ / √(p · min(m, p)) (for m ≤ p that many rms entries): the squared distance
 * exceeds its bound by r·τ² at most. Without the floor, N may be singular and the set useless. Rounding the entries to
 * a relative ε moves W by about ε / conditioning. Examples that hold Row(W) already come back unchanged. Of other examples, directions shorter than τ
 * are set to that length, because rounding would otherwise decide what they mean.
 * @param examples X̂, m × p with m ≥ r
 * @param q an orthonormal basis of Row(W), r × p
 * @param conditioning > 0; see above
 */
export async function nearestPoints(
  blas: Blas,
  random: Random,
  examples: Matrix,
  q: Matrix,
  conditioning: number,
): Promise<NearestPoints> {
  const { rows, cols } = examples
  const rank = q.rows
  if (rank === 0) return { points: copyOf(examples), dual: matrix(rows, 0) }
  const norm = frobeniusNorm(examples)
  const floor = conditioning * ((norm || 1) / Math.sqrt(cols * Math.min(rows, cols)))

  const inside = await blas.gemm(examples, q, { transposeB: true })
  const outside = await blas.gemm(inside, q, { alpha: -1, beta: 1, c: copyOf(examples) })
  const { values, vectors } = await blas.eigenSymmetric(await blas.syrk(outside))
  const lengths = values.map((value) => Math.sqrt(Math.max(0, value)))
  // Squaring hides singular values below the root of the Gram matrix's rounding: these count as zero.
  const tolerance = rankTolerance(rows, cols)
  const hidden = Math.sqrt(tolerance) * lengths[rows - 1] + tolerance * norm
  const zeros = countUpTo(lengths, hidden)

  if (zeros >= rank && (await keepsRank(blas, examples))) {
    const dual = await dualWhereHeld(blas, examples, q, unchangedSlack / floor)
    if (dual) return { points: copyOf(examples), dual }
  }
  // Among more than r zero directions of R the choice is free: those that hold most of Row(W) are taken.
  const pool = firstColumns(vectors, Math.max(rank, zeros))
  const held = await blas.svd(await blas.gemm(pool, inside, { transposeA: true }))
  const t = await blas.gemm(pool, held.u)
  const raised = held.values.map((value) => Math.max(value, floor))

  const points = copyOf(examples)
  await project(blas, t, points)
  await blas.gemm(t, await blas.gemm(scaleRows(held.vt, raised), q), { beta: 1, c: points })
  const spare = await blas.gemm(pool, await complementBasis(await orthogonalComplement(blas, held.u)))
  const rest = { vectors: columnsOf(vectors, pool.cols, rows), lengths: lengths.subarray(pool.cols) }
  await lengthen(blas, random, points, { q, outside, spare, rest, floor })
  const inverse = raised.map((value) => 1 / value)
  return { points, dual: await blas.gemm(scaleColumns(t, inverse), held.vt) }
}

/** Whether dependent examples stay so when stored as float32; else rounding would stand where zeros stood. */
async function keepsRank(blas: Blas, examples: Matrix): Promise<boolean> {
  const { rank } = await spectrumOf(blas, examples)
  if (rank === Math.min(examples.rows, examples.cols)) return true
  const stored = matrix(examples.rows, examples.cols, examples.data.map(Math.fround))
  return (await spectrumOf(blas, stored)).rank === rank
}

/** The minimum-norm G with X̂ᵀG = qᵀ, or undefined where X̂ does not hold Row(W), or only with ‖G‖ above the limit. */
async function dualWhereHeld(blas: Blas, examples: Matrix, q: Matrix, limit: number) {
  const wanted = transpose(q)
  const columns = await blas.gemm(examples, identity(examples.rows), { transposeA: true })
  const { x } = await blas.leastSquares(columns, wanted)
  const length = frobeniusNorm(x)
  const slack = rankTolerance(examples.rows, examples.cols) * (1 + length * frobeniusNorm(examples))
  const reached = await blas.gemm(columns, x)
  return length <= limit * Math.sqrt(q.rows) && relativeError(reached, wanted) <= slack ? x : undefined
}

/**
 * Raises the directions of the points that do not carry W to the floor: a short one along itself, a zero one (`spare`)
 * along a random direction orthogonal to all others while p has room, and exactly to zero beyond. The rank becomes
 * min(m, p), clear of rounding.
 */
async function lengthen(
  blas: Blas,
  random: Random,
  points: Matrix,
  given: {
    q: Matrix
    outside: Matrix
    spare: Matrix
    rest: { vectors: Matrix; lengths: Float64Array }
    floor: number
  },
): Promise<void> {
  const { q, outside, spare, rest, floor } = given
  const short = countUpTo(rest.lengths, floor)
  if (short > 0) {
    const u = firstColumns(rest.vectors, short)
    const growth = Array.from(rest.lengths.subarray(0, short), (length) => floor / length - 1)
    const parts = await blas.gemm(u, outside, { transposeA: true })
    await blas.gemm(u, scaleRows(parts, growth), { beta: 1, c: points })
  }
  if (spare.cols === 0) return
  await project(blas, spare, points)
  const count = Math.min(spare.cols, points.cols - q.rows - rest.vectors.cols)
  if (count <= 0) return
  const kept = await blas.gemm(rest.vectors, outside, { transposeA: true })
  const directions = scaleRows(
    kept,
    rest.lengths.map((length) => 1 / length),
  )
  const taken = beside(transpose(q), transpose(directions))
  let fresh = transpose(await normalMatrix(random, count, points.cols))
  for (let pass = 0; pass < 2; pass++) {
    await project(blas, taken, fresh)
    fresh = (await blas.qr(fresh)).q
  }
  await blas.gemm(firstColumns(spare, count), fresh, { transposeB: true, alpha: floor, beta: 1, c: points })
}

/** a ← a − FFᵀa for orthonormal columns F. */
async function project(blas: Blas, frame: Matrix, a: Matrix): Promise<void> {
  await blas.gemm(frame, await blas.gemm(frame, a, { transposeA: true }), { alpha: -1, beta: 1, c: a })
}

function countUpTo(ascending: Float64Array, limit: number): number {
  let count = 0
  while (count < ascending.length && ascending[count] <= limit) count++
  return count
}

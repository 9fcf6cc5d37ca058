import { copyOf, frobeniusNorm, matrix, relativeError, transpose, type Matrix } from '#core/matrix'
import type { Random } from '#core/random'
import type { Blas } from '#linalg/blas'
import { transposed } from '#linalg/tiles'
import { orthogonalComplement } from './complement.ts'
import { normalMatrix } from './random-frame.ts'
import { beside, columnsOf, firstColumns, scaleColumns, scaleRows } from './slices.ts'
import { rankTolerance, spectrumOf } from './spectrum.ts'

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
 * a relative ε moves W by about ε / conditioning. Examples that hold Row(W) already come back unchanged. Of others,
 * directions shorter than τ are set to that length, because rounding would otherwise decide what they mean.
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

  const limit = unchangedSlack / floor
  // From m = p on R certainly has r zero directions; below that its spectrum tells whether W can be held at all.
  const early = rows >= cols ? await dualWhereHeld(blas, examples, q, limit) : undefined
  if (early) return { points: copyOf(examples), dual: early }

  const inside = await blas.gemm(examples, q, { transposeB: true })
  const outside = await blas.gemm(inside, q, { alpha: -1, beta: 1, c: copyOf(examples) })
  const { values, vectors } = await blas.eigenSymmetric(await blas.syrk(outside))
  const lengths = values.map((value) => Math.sqrt(Math.max(0, value)))
  // Squaring hides singular values below the root of the Gram matrix's rounding: these count as zero.
  const tolerance = rankTolerance(rows, cols)
  const hidden = Math.sqrt(tolerance) * lengths[rows - 1] + tolerance * norm
  const zeros = countUpTo(lengths, hidden)

  const late = rows < cols && zeros >= rank ? await dualWhereHeld(blas, examples, q, limit) : undefined
  if (late) return { points: copyOf(examples), dual: late }

  // Among more than r zero directions of R the choice is free: those that hold most of Row(W) are taken.
  const pool = await firstColumns(vectors, Math.max(rank, zeros))
  const held = await blas.svd(await blas.gemm(pool, inside, { transposeA: true }))
  const t = await blas.gemm(pool, held.u)
  const raised = held.values.map((value) => Math.max(value, floor))

  const points = copyOf(examples)
  await project(blas, pool, points)
  await blas.gemm(t, await blas.gemm(await scaleRows(held.vt, raised), q), { beta: 1, c: points })
  const rest = { vectors: await columnsOf(vectors, pool.cols, rows), lengths: lengths.subarray(pool.cols) }
  await lengthen(blas, points, outside, rest, floor)
  // Zero directions beyond those of T: as many as p has room for are filled, the others stay exactly zero.
  const spare = Math.min(pool.cols - rank, cols - rank - rest.vectors.cols)
  if (spare > 0) {
    const { expand } = await orthogonalComplement(blas, held.u)
    const u = await blas.gemm(pool, await expand(firstAxes(pool.cols - rank, spare)))
    const v = await freshDirections(blas, random, spare, q, outside, rest)
    await blas.gemm(u, v, { transposeB: true, alpha: floor, beta: 1, c: points })
  }
  const inverse = raised.map((value) => 1 / value)
  return { points, dual: await blas.gemm(await scaleColumns(t, inverse), held.vt) }
}

/** Whether dependent examples stay so when stored as float32; else rounding would stand where zeros stood. */
async function keepsRank(blas: Blas, examples: Matrix): Promise<boolean> {
  const { rank } = await spectrumOf(blas, examples)
  if (rank === Math.min(examples.rows, examples.cols)) return true
  const stored = matrix(examples.rows, examples.cols, examples.data.map(Math.fround))
  return (await spectrumOf(blas, stored)).rank === rank
}

/**
 * The minimum-norm G with X̂ᵀG = qᵀ; undefined where X̂ does not hold Row(W), or only with ‖G‖ above the limit, or where
 * storage as float32 would change that.
 */
async function dualWhereHeld(
  blas: Blas,
  examples: Matrix,
  q: Matrix,
  limit: number,
): Promise<Matrix | undefined> {
  const wanted = transpose(q)
  const columns = await transposed(examples)
  const { x } = await blas.leastSquares(columns, wanted)
  const length = frobeniusNorm(x)
  const slack = rankTolerance(examples.rows, examples.cols) * (1 + length * frobeniusNorm(examples))
  const reached = await blas.gemm(columns, x)
  const held = length <= limit * Math.sqrt(q.rows) && relativeError(reached, wanted) <= slack
  return held && (await keepsRank(blas, examples)) ? x : undefined
}

/** Left singular vectors of R that the points keep, with their singular values, ascending. */
interface Kept {
  readonly vectors: Matrix
  readonly lengths: Float64Array
}

/** Raises directions of R shorter than the floor to it, along themselves. */
async function lengthen(
  blas: Blas,
  points: Matrix,
  outside: Matrix,
  { vectors, lengths }: Kept,
  floor: number,
) {
  const short = countUpTo(lengths, floor)
  if (short === 0) return
  const u = await firstColumns(vectors, short)
  const growth = Array.from(lengths.subarray(0, short), (length) => floor / length - 1)
  const parts = await blas.gemm(u, outside, { transposeA: true })
  await blas.gemm(u, await scaleRows(parts, growth), { beta: 1, c: points })
}

/** Random orthonormal directions of the inputs (p × count), orthogonal to Row(W) and to the rows that the points keep. */
async function freshDirections(
  blas: Blas,
  random: Random,
  count: number,
  q: Matrix,
  outside: Matrix,
  { vectors, lengths }: Kept,
): Promise<Matrix> {
  const rows = await blas.gemm(vectors, outside, { transposeA: true })
  const directions = await scaleRows(
    rows,
    lengths.map((length) => 1 / length),
  )
  const taken = await beside(await transposed(q), await transposed(directions))
  let fresh = await transposed(await normalMatrix(random, count, q.cols))
  // Twice is enough to be orthogonal to rounding.
  for (let pass = 0; pass < 2; pass++) {
    await project(blas, taken, fresh)
    fresh = (await blas.qr(fresh)).q
  }
  return fresh
}

/** The first columns of the identity. */
function firstAxes(size: number, count: number): Matrix {
  const result = matrix(size, count)
  for (let i = 0; i < count; i++) result.data[i * count + i] = 1
  return result
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

import type { Matrix } from '#core/matrix'
import { matrix, rowsOf, stackRows } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas, Householder } from '#linalg/blas'
import { transposed } from '#linalg/tiles'

/** Targets fewer than these are solved for together; more of them in two halves, by one thread each. */
const fewRows = 64

/** Solves W x = z for many z with one factorisation. */
export interface LayerSolver {
  /** Begins the factorisation, for a `solve` to come. */
  prepare(blas: Blas): void
  /**
   * The minimum-norm least-squares solution of W x = z for every row z.
   * @param targets n × outputs
   * @returns n × inputs
   */
  solve(targets: Matrix, blas: Blas): Promise<Matrix>
  /**
   * Largest and smallest of the min(outputs, inputs) singular values, to a few per cent; smallest is 0 below full
   * rank.
   */
  singularValues(blas: Blas): Promise<{ largest: number; smallest: number }>
}

/** Of Wᵀ = QR, inputs × outputs, for a wide layer, of W = QR, outputs × inputs, for a tall one. */
interface Factors extends Householder<Float64Array> {
  readonly fullRank: boolean
}

/**
 * Least squares through a Householder QR of W (outputs ≥ inputs) or Wᵀ, factored at the first solve and kept. QR and
 * not LU, which is some 40 times less accurate on random square layers. A layer that QR shows to be rank
 * deficient is solved with column pivoting instead, each time anew.
 * @param weight outputs × inputs
 */
export function createLayerSolver(weight: Matrix): LayerSolver {
  const wide = weight.rows < weight.cols
  let factored: Promise<Factors> | undefined

  const factors = (blas: Blas): Promise<Factors> => {
    factored ??= factorise(weight, blas)
    return factored
  }
  const solveRows = async (targets: Matrix, blas: Blas): Promise<Matrix> => {
    const { r, project, expand, fullRank } = await factors(blas)
    const sides = await transposed(targets)
    if (!fullRank) return transposed((await blas.leastSquares(weight, sides)).x)
    if (wide) {
      return transposed(await expand(await blas.solveTriangular(r, sides, { lower: false, transpose: true })))
    }
    return transposed(await blas.solveTriangular(r, await project(sides), { lower: false }))
  }
  return {
    prepare(blas) {
      // A failure is thrown by `solve`.
      factors(blas).catch(() => undefined)
    },
    async solve(targets, blas) {
      const { rows } = targets
      const { fullRank } = await factors(blas)
      const lanes = blas.apart
      if (!fullRank || lanes === undefined || rows < fewRows) return solveRows(targets, blas)
      const halves = [rowsOf(targets, 0, rows >> 1), rowsOf(targets, rows >> 1, rows)]
      const [first, second] = await Promise.all(halves.map((half) => solveRows(half, lanes)))
      return stackRows(first, second)
    },
    async singularValues(blas) {
      const { r, fullRank } = await factors(blas)
      return {
        largest: await extremeSingularValue(r, 'largest', blas),
        smallest: fullRank ? await extremeSingularValue(r, 'smallest', blas) : 0,
      }
    },
  }
}

async function factorise(weight: Matrix, blas: Blas): Promise<Factors> {
  const tall = weight.rows < weight.cols ? await transposed(weight) : weight
  const householder = await blas.householder(tall)
  const { r } = householder
  let largest = 0
  let smallest = Infinity
  for (let i = 0; i < r.rows; i++) {
    const pivot = Math.abs(r.data[i * r.cols + i])
    largest = Math.max(largest, pivot)
    smallest = Math.min(smallest, pivot)
  }
  return { ...householder, fullRank: smallest > largest * tall.rows * Number.EPSILON }
}

/** Subspace iteration with RᵀR or its inverse on a few vectors, orthonormalised in every round. */
async function extremeSingularValue(r: Matrix, which: 'largest' | 'smallest', blas: Blas): Promise<number> {
  const width = Math.min(8, r.cols)
  const start = matrix(
    r.cols,
    width,
    randomStream(0, 'singular-values').fillNormal(new Float64Array(r.cols * width)),
  )
  let basis = (await blas.qr(start)).q
  for (let round = 0; round < 30; round++) {
    const next =
      which === 'largest'
        ? await blas.gemm(r, await blas.gemm(r, basis), { transposeA: true })
        : await blas.solveTriangular(
            r,
            await blas.solveTriangular(r, basis, { lower: false, transpose: true }),
            { lower: false },
          )
    basis = (await blas.qr(next)).q
  }
  const { values } = await blas.svd(await blas.gemm(r, basis))
  return which === 'largest' ? values[0] : values[values.length - 1]
}

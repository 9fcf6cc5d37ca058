import { matrix, type Matrix } from '#core/matrix'
import type { Random } from '#core/random'
import { turn } from '#core/turn'
import { NotPositiveDefinite, type Blas } from '#linalg/blas'
import { transposed } from '#linalg/tiles'

/** Normals drawn between two turns of the event loop: a few milliseconds. */
const stride = 1 << 16

/** Independent standard normals, row by row in the order of the stream. */
export async function normalMatrix(random: Random, rows: number, cols: number): Promise<Matrix> {
  const result = matrix(rows, cols)
  for (let start = 0; start < result.data.length; start += stride) {
    random.fillNormal(result.data.subarray(start, start + stride))
    await turn()
  }
  return result
}

/**
 * Random orthonormal columns, rows × cols with cols ≤ rows: L⁻¹G transposed, for normals G with G Gᵀ = L Lᵀ. Orthonormal
 * to ε times the squared condition number of G, which is small unless cols is near rows; twice as fast as QR, which
 * steps in where the product is not positive definite.
 */
export async function randomFrame(blas: Blas, random: Random, rows: number, cols: number): Promise<Matrix> {
  const normals = await normalMatrix(random, cols, rows)
  try {
    const factor = await blas.cholesky(await blas.syrk(normals))
    return await transposed(await blas.solveTriangular(factor, normals))
  } catch (error) {
    if (!(error instanceof NotPositiveDefinite)) throw error
    return (await blas.qr(await transposed(normals))).q
  }
}

import { matrix, type Matrix } from '#core/matrix'
import type { Random } from '#core/random'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'

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

/** Random orthonormal columns, rows × cols with cols ≤ rows: the Q of a matrix of normals. */
export async function randomFrame(blas: Blas, random: Random, rows: number, cols: number): Promise<Matrix> {
  if (cols === 0) return matrix(rows, 0)
  const { q } = await blas.qr(await normalMatrix(random, rows, cols))
  return q
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { matrix, relativeError, transpose } from '#core/matrix'
import type { Progress } from '#core/progress'
import type { Operator } from '#features/lsqr'
import { lsqr } from '#features/lsqr'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { gaussian } from '../conformance/feature-map.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

function operator(a: Matrix): Operator {
  return {
    inputs: a.cols,
    outputs: a.rows,
    apply: (rows) => blas.gemm(rows, a, { transposeB: true }),
    applyTransposed: (rows) => blas.gemm(rows, a),
  }
}

/** rows × cols with singular values from 1 down to 1/condition. */
async function conditioned(rows: number, cols: number, condition: number): Promise<Matrix> {
  const { u, vt, values } = await blas.svd(gaussian(rows, cols, 'conditioned'))
  const r = values.length
  const scaled = u.data.map((value, at) => value * condition ** (-(at % r) / Math.max(1, r - 1)))
  return blas.gemm(matrix(rows, r, scaled), vt)
}

describe('lsqr', () => {
  it.each([
    [1, 1, 1],
    [20, 20, 100],
    [12, 30, 1000],
    [30, 12, 1000],
  ])(
    'finds the least-squares solution of least norm (%i × %i, condition %i)',
    async (rows, cols, condition) => {
      const a = await conditioned(rows, cols, condition)
      const targets = gaussian(3, rows, 'targets')
      const expected = transpose((await blas.leastSquares(a, transpose(targets))).x)
      expect(relativeError(await lsqr(operator(a), targets), expected)).toBeLessThan(1e-9)
    },
  )

  it('copes with deficient rank, zero rows and a zero matrix', async () => {
    const a = gaussian(8, 6, 'deficient')
    a.data.copyWithin(0, 6, 12)
    for (let i = 0; i < 8; i++) a.data[6 * i] = a.data[6 * i + 1]
    const targets = gaussian(3, 8, 'targets')
    targets.data.fill(0, 8, 16)
    const expected = transpose((await blas.leastSquares(a, transpose(targets))).x)
    const found = await lsqr(operator(a), targets)
    expect(relativeError(found, expected)).toBeLessThan(1e-10)
    expect(found.data.subarray(6, 12)).toEqual(new Float64Array(6))
    expect((await lsqr(operator(matrix(4, 4)), gaussian(2, 4, 't'))).data).toEqual(new Float64Array(8))
  })

  it('stops at its limit and at an abort', async () => {
    let products = 0
    const a = await conditioned(40, 40, 1e6)
    const counted: Operator = {
      ...operator(a),
      apply: (rows) => {
        products += 1
        return operator(a).apply(rows)
      },
    }
    const done: number[] = []
    const watch = { report: (progress: Progress) => done.push(progress.done) }
    await lsqr(counted, gaussian(2, 40, 'targets'), { iterations: 7, watch })
    expect(products).toBe(7)
    expect(done).toEqual([1, 2, 3, 4, 5, 6, 7])
    const signal = AbortSignal.abort(new Error('stopped'))
    await expect(lsqr(counted, gaussian(2, 40, 'targets'), { watch: { signal } })).rejects.toThrow('stopped')
  })
})

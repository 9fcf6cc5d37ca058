import { describe, expect, test } from 'vitest'
import { randomStream } from '#core/random'
import type { Blas, Matrix } from '#linalg/blas'
import { createWasmBlas } from '#linalg/wasm/provider'
import { distance, mapped } from '../conformance/blas-checks.ts'

/** Large enough that every stage runs on the whole team. */
const order = 345
const rounds = 4
const random = randomStream(20261121, 'wasm-threads')
const a: Matrix = { rows: order, cols: order, data: random.fillNormal(new Float64Array(order * order)) }
const b: Matrix = { rows: order, cols: 9, data: random.fillNormal(new Float64Array(order * 9)) }

const operations: Record<string, (blas: Blas) => Promise<Matrix>> = {
  gemm: (blas) => blas.gemm(a, a, { transposeB: true }),
  syrk: (blas) => blas.syrk(a),
  cholesky: async (blas) => blas.cholesky(await positive(blas)),
  solvePositive: async (blas) => blas.solvePositive(await positive(blas), b),
  solveTriangular: async (blas) => blas.solveTriangular(await blas.cholesky(await positive(blas)), b),
  solve: (blas) => blas.solve(a, b),
  qr: async (blas) => (await blas.qr(a)).r,
  leastSquares: async (blas) => (await blas.leastSquares(a, b)).x,
  eigenSymmetric: async (blas) => {
    const { values, vectors } = await blas.eigenSymmetric(a)
    return mapped(vectors, (value, _, col) => Math.abs(value) * values[col])
  },
  svd: async (blas) => {
    const { values, vt } = await blas.svd(a)
    return mapped(vt, (value, row) => Math.abs(value) * values[row])
  },
}

async function positive(blas: Blas): Promise<Matrix> {
  const gram = await blas.syrk(a)
  return mapped(gram, (value, row, col) => value + (row === col ? order : 0))
}

describe.each([2, 5])('%i threads', (threads) => {
  test.each(Object.entries(operations))('%s does not race', { timeout: 120_000 }, async (_, operation) => {
    const [team, alone] = await Promise.all([createWasmBlas({ threads }), createWasmBlas({ threads: 1 })])
    try {
      const first = await operation(team)
      for (let round = 0; round < rounds; round++) expect((await operation(team)).data).toEqual(first.data)
      const size = distance(
        first,
        mapped(first, () => 0),
      )
      expect(distance(first, await operation(alone))).toBeLessThan(1e-9 * size)
    } finally {
      await Promise.all([team.close(), alone.close()])
    }
  })
})

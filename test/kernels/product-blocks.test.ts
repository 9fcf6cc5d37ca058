import { afterAll, expect, it } from 'vitest'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import { blockRowsFor, changedProducts } from '#kernels/product-blocks'
import { createWasmBlas } from '#linalg/wasm/provider'
import { lateBlas } from '../linalg/late-blas.ts'

const blas = await createWasmBlas({ threads: 1 })
afterAll(() => blas.close())

it.each([1, 2, 3, 4.5])('changes every product once it is there, in %f blocks', async (blocks) => {
  const m = 4000
  const n = Math.round(blocks * blockRowsFor(m))
  const normals = (rows: number) =>
    matrix(rows, 2, randomStream(1, 'blocks', rows).fillNormal(new Float64Array(rows * 2)))
  const [x, z] = [normals(n), normals(m)]
  const wanted = await blas.gemm(x, z, { transposeB: true })
  const changed = await changedProducts(x, z, lateBlas(blas), () => ({ data, cols }, from, to) => {
    for (let at = from * cols; at < to * cols; at++) data[at] += 100
  })
  let largest = 0
  wanted.data.forEach((value, at) => (largest = Math.max(largest, Math.abs(changed.data[at] - value - 100))))
  expect(largest).toBeLessThan(1e-12)
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Blas } from '#linalg/blas'
import { createWasmBlas } from '#linalg/wasm/provider'
import { blasCases } from '../conformance/blas.ts'

describe.each([1, 2])('wasm provider, threads: %i', (threads) => {
  let blas: Blas
  beforeAll(async () => {
    blas = await createWasmBlas({ threads })
  })
  afterAll(() => blas.close())

  test.each(blasCases)('$name', async ({ run }) => {
    await expect(run(blas)).resolves.toBeUndefined()
  })
})

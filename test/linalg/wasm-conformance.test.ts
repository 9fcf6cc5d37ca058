import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Blas } from '#linalg/blas'
import { createWasmBlas } from '#linalg/wasm/provider'
import { blasCases } from '../conformance/blas.ts'

describe.each([
  { name: '1 thread', options: { threads: 1 } },
  { name: '2 threads', options: { threads: 2 } },
  {
    name: 'one thread, neither shared memory nor fused multiply-add',
    options: { threads: 2, capabilities: { sharedMemory: false, relaxedSimd: false } },
  },
])('wasm provider: $name', ({ options }) => {
  let blas: Blas
  beforeAll(async () => {
    blas = await createWasmBlas(options)
  })
  afterAll(() => blas.close())

  test.each(blasCases)('$name', async ({ run }) => {
    await expect(run(blas)).resolves.toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { createWasmBlas } from '#linalg/wasm/provider'
import { tileCases } from '../conformance/tile-modules.ts'

describe('tile modules in Node', () => {
  it.each(tileCases)('$name', async ({ run }) => {
    const blas = await createWasmBlas({ threads: 1 })
    await expect(run(blas)).resolves.toBeUndefined()
    await blas.close()
  })
})

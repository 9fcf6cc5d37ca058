import { afterAll, describe, expect, test } from 'vitest'
import type { Blas } from '#linalg/blas'
import { createNativeBlas } from '#linalg/native/provider'
import { blasCases } from '../conformance/blas.ts'

const found = await createNativeBlas({ threads: 2 }).catch((error: unknown) => String(error))
const missing = typeof found === 'string'

describe.skipIf(missing)(`native provider (${missing ? found : found.description})`, () => {
  let blas: Blas
  if (!missing) blas = found
  afterAll(() => blas.close())

  test.each(blasCases)('$name', async ({ run }) => {
    await expect(run(blas)).resolves.toBeUndefined()
  })

  const apart = missing ? undefined : found.apart
  describe.skipIf(!apart)(
    'with one thread for each call (not where the library has one thread anyway)',
    () => {
      test.each(blasCases)('$name', async ({ run }) => {
        await expect(run(apart ?? blas)).resolves.toBeUndefined()
      })
    },
  )
})

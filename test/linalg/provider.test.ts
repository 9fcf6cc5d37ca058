import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RetortError } from '#core/errors'
import { identity } from '#core/matrix'
import type { BlasRequest } from '#linalg/provider'
import { chooseBlas } from '#linalg/provider'

beforeEach(() => {
  for (const name of ['RETORT_BLAS', 'RETORT_THREADS', 'RETORT_BLAS_LIBRARY']) vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

async function failure(request?: BlasRequest): Promise<RetortError> {
  const outcome = await chooseBlas(request).catch((error: unknown) => error)
  if (outcome instanceof RetortError) return outcome
  throw new Error(`expected a RetortError, got ${JSON.stringify(outcome)}`)
}

test('a provider is found, computes, and says what it is', async () => {
  const { blas, passedOver } = await chooseBlas({ threads: 1 })
  expect(['native', 'wasm']).toContain(blas.id)
  expect(blas.threads).toBe(1)
  expect(passedOver.map(({ provider }) => provider)).toEqual(blas.id === 'native' ? [] : ['native'])
  await expect(blas.gemm(identity(3), identity(3))).resolves.toEqual(identity(3))
  await blas.close()
})

test('where the native library fails, wasm is next and the reason is kept', async () => {
  vi.stubEnv('RETORT_BLAS_LIBRARY', '/nowhere/libnothing.so')
  const { blas, passedOver } = await chooseBlas({ threads: 1 })
  expect(blas.id).toBe('wasm')
  expect(passedOver).toEqual([
    { provider: 'native', reason: expect.stringContaining('/nowhere/libnothing.so') },
  ])
  await blas.close()
})

test('RETORT_BLAS decides, and a request decides over it', async () => {
  vi.stubEnv('RETORT_BLAS', 'native')
  vi.stubEnv('RETORT_BLAS_LIBRARY', '/nowhere/libnothing.so')
  const error = await failure()
  expect(error).toMatchObject({ code: 'resource/no-blas', hint: expect.stringContaining('wasm') })
  expect(error.message).toContain('/nowhere/libnothing.so')
  const { blas } = await chooseBlas({ provider: 'wasm' })
  expect(blas.id).toBe('wasm')
  await blas.close()
})

test('a name that is no provider is refused, an empty setting is none', async () => {
  vi.stubEnv('RETORT_BLAS', 'mkl')
  expect(await failure()).toMatchObject({ code: 'config/unknown-blas', values: { blas: 'mkl' }, exitCode: 2 })
  vi.stubEnv('RETORT_BLAS', '')
  vi.stubEnv('RETORT_THREADS', '')
  const { blas } = await chooseBlas()
  expect(blas.threads).toBeGreaterThanOrEqual(1)
  await blas.close()
})

test.each(['0', '-1', '1.5', 'two'])('RETORT_THREADS=%s is refused', async (threads) => {
  vi.stubEnv('RETORT_THREADS', threads)
  expect(await failure()).toMatchObject({ code: 'config/threads', values: { threads }, exitCode: 2 })
})

test('RETORT_THREADS sets the thread count, a request sets it over that', async () => {
  vi.stubEnv('RETORT_THREADS', '1')
  const { blas } = await chooseBlas()
  expect(blas.threads).toBe(1)
  await blas.close()
  expect(await failure({ threads: 0 })).toMatchObject({ code: 'config/threads', values: { threads: 0 } })
})

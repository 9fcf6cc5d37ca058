import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Matrix } from '#core/matrix'
import { identity, matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import { createNativeBlas } from '#linalg/native/provider'
import { ProviderUnavailable } from '#linalg/provider'

const found = await createNativeBlas({ threads: 2 }).catch((error: unknown) => String(error))
const missing = typeof found === 'string'

function normal(rows: number, cols: number): Matrix {
  return matrix(rows, cols, randomStream(3, 'native').fillNormal(new Float64Array(rows * cols)))
}

describe.skipIf(missing)(`native provider on its own terms (${missing ? found : found.description})`, () => {
  let blas: Blas
  if (!missing) blas = found
  afterAll(() => blas.close())

  test('describes its library and counts its threads', async () => {
    expect(blas.id).toBe('native')
    expect(blas.description).not.toBe('')
    expect(blas.threads).toBeGreaterThanOrEqual(1)
    expect(blas.threads).toBeLessThanOrEqual(2)
  })

  const large: Record<string, () => Promise<unknown>> = {
    'gemm 2000²': () => blas.gemm(a2000, a2000),
    'syrk 3072² with its mirror': () => blas.syrk(wide),
    'cholesky 3000 and its solve': () => blas.solvePositive(definite, definite),
    'svd 784': () => blas.svd(a784),
    'eigenSymmetric 784': () => blas.eigenSymmetric(a784),
    'leastSquares 1200 × 1500': () => blas.leastSquares(flat, flat),
    'twenty thousand small products': async () => {
      for (let i = 0; i < 20_000; i++) await blas.gemm(a64, a64)
    },
  }
  const a64 = normal(64, 64)
  const a784 = normal(784, 784)
  const a2000 = normal(2000, 2000)
  const flat = normal(1200, 1500)
  const wide = normal(3072, 400)
  const definite = identity(3000)

  test.each(Object.keys(large))('%s leaves the event loop free', async (name) => {
    await large[name]()
    expect(await longestHold(large[name])).toBeLessThanOrEqual(50)
  })

  test('a small call beside a large one queues, and does not wait for the library on this thread', async () => {
    const small = normal(200, 200)
    const start = performance.now()
    const clock = () => performance.now()
    const pause = await longestHold(async () => {
      const first = blas.gemm(a2000, a2000)
      await new Promise((resolve) => setTimeout(resolve, 20))
      await Promise.all([first, blas.gemm(small, small)])
    }, clock)
    expect(pause).toBeLessThan((performance.now() - start) / 2)
  })

  test('two providers of one process keep their own thread counts', async () => {
    const [one, two] = await Promise.all([createNativeBlas({ threads: 1 }), createNativeBlas({ threads: 2 })])
    const a = normal(300, 300)
    const alone = [await one.svd(a), await two.svd(a)]
    const together = await Promise.all([one.svd(a), two.svd(a), one.gemm(a, a), two.gemm(a, a)])
    expect(together[0].u.data).toEqual(alone[0].u.data)
    expect(together[1].u.data).toEqual(alone[1].u.data)
    await Promise.all([one.close(), two.close()])
  })

  test('many large calls at once are all right', async () => {
    const a = normal(300, 300)
    const expected = await blas.gemm(a, a)
    const results = await Promise.all(Array.from({ length: 600 }, () => blas.gemm(a, a)))
    for (const { data } of results) expect(Buffer.compare(bytes(data), bytes(expected.data))).toBe(0)
  })

  test('after close a call is refused', async () => {
    const other = await createNativeBlas({ threads: 1 })
    const last = other.gemm(normal(700, 700), normal(700, 700))
    await other.close()
    await expect(last).resolves.toMatchObject({ rows: 700, cols: 700 })
    await expect(other.gemm(identity(2), identity(2))).rejects.toThrow('closed')
  })
})

describe('a library that cannot be used', () => {
  afterAll(() => {
    vi.unstubAllEnvs()
  })

  test.each([
    ['is not there', '/nowhere/libnothing.so.1', /'\/nowhere\/libnothing\.so\.1', which cannot be used/],
    ['lacks the routines', process.platform === 'linux' ? 'libc.so.6' : '/nowhere/x', /cannot be used/],
  ])('%s: the provider is unavailable, with the reason', async (_, library, reason) => {
    vi.stubEnv('RETORT_BLAS_LIBRARY', library)
    const error = await createNativeBlas({ threads: 1 }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ProviderUnavailable)
    expect(String(error)).toMatch(reason)
  })
})

function bytes(data: Float64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/**
 * The longest that the work keeps this thread busy between two turns of the event loop, in milliseconds: processor
 * time where Node tells it, because a busy machine may hold any thread up for longer.
 */
async function longestHold(work: () => Promise<unknown>, clock = busyMilliseconds): Promise<number> {
  let longest = 0
  let last = clock()
  const look = () => {
    const now = clock()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(look, 5)
  await work()
  look()
  clearInterval(timer)
  return longest
}

function busyMilliseconds(): number {
  if (!('threadCpuUsage' in process)) return performance.now()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

import type { Blas, FloatArray } from '#linalg/blas'
import { ProviderUnavailable } from '#linalg/provider'
import type { Run } from './calls.ts'
import { createCalls } from './calls.ts'
import { createOrthogonal } from './orthogonal.ts'
import { createProducts } from './products.ts'
import { createSpectral } from './spectral.ts'
import { createSystems } from './systems.ts'

/** Those of libuv, where calls beside one another run. */
const poolThreads = 4

/**
 * The system's BLAS and LAPACK: OpenBLAS on Linux and Windows, Accelerate on macOS, or what RETORT_BLAS_LIBRARY
 * names. `threads` may come out lower than asked for, where the library allows fewer.
 * @throws ProviderUnavailable where no such library loads, or it lacks a routine
 */
export async function createNativeBlas({ threads: wanted }: { threads: number }): Promise<Blas> {
  const { openLibrary } = await import('./library.ts').catch((cause: unknown) => {
    throw new ProviderUnavailable('native', `koffi does not load on ${process.platform} ${process.arch}`, {
      cause,
    })
  })
  const { description, float32, float64, lane } = openLibrary(wanted)
  const threads = await lane.threadsOf(wanted)

  let closed = false
  const operations = (run: Run) => {
    const openRun: Run = (work, native, args) => {
      if (closed) throw new Error('the linear-algebra provider is closed')
      return run(work, native, args)
    }
    const calls32 = createCalls(openRun, float32, new Float32Array())
    const calls64 = createCalls(openRun, float64, new Float64Array())
    const callsFor = (data: FloatArray) => (data instanceof Float32Array ? calls32 : calls64)
    return {
      id: 'native',
      description,
      threads,
      ...createProducts(callsFor),
      ...createSystems(callsFor),
      ...createOrthogonal(callsFor),
      ...createSpectral(callsFor),
      async close() {
        closed = true
        await lane.idle()
      },
    } as const
  }
  const blas = operations((work, native, args) => lane.run(threads, work, native, args))
  if (!lane.adjustable || threads === 1 || threads > poolThreads) return blas
  return { ...blas, apart: operations((work, native, args) => lane.runApart(threads, work, native, args)) }
}

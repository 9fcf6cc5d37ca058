import type { Blas, FloatArray } from '#linalg/blas'
import { createCalls } from './calls.ts'
import { createLane } from './lane.ts'
import { openLibrary } from './library.ts'
import { createOrthogonal } from './orthogonal.ts'
import { createProducts } from './products.ts'
import { bindRoutines } from './routines.ts'
import { createSpectral } from './spectral.ts'
import { createSystems } from './systems.ts'

/**
 * The system's BLAS and LAPACK: OpenBLAS on Linux and Windows, Accelerate on macOS, or RETORT_BLAS_LIBRARY.
 * @throws ProviderUnavailable where no such library loads, or it lacks a routine
 */
export async function createNativeBlas({ threads }: { threads: number }): Promise<Blas> {
  const library = openLibrary(threads)
  const lane = createLane()
  const float32 = createCalls(lane, bindRoutines(library.handle, 'float32'), new Float32Array())
  const float64 = createCalls(lane, bindRoutines(library.handle, 'float64'), new Float64Array())
  const callsFor = (data: FloatArray) => (data instanceof Float32Array ? float32 : float64)
  return {
    id: 'native',
    description: library.description,
    threads: library.threads,
    ...createProducts(callsFor),
    ...createSystems(callsFor),
    ...createOrthogonal(callsFor),
    ...createSpectral(callsFor),
    close: () => lane.close(),
  }
}

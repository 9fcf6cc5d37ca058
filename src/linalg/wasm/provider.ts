import type { Blas } from '#linalg/blas'
import { ProviderUnavailable } from '#linalg/provider'
import type { Capabilities } from './capabilities.ts'
import { detectCapabilities } from './capabilities.ts'
import { LocalLane } from './local-lane.ts'
import { loadModule } from './module.ts'
import { createOrthogonal } from './orthogonal.ts'
import { createProducts } from './products.ts'
import { createSpectral } from './spectral.ts'
import { createSystems } from './systems.ts'
import { TeamLane } from './team-lane.ts'
import { startSharedTeam, startSingleThread } from './team.ts'

export interface WasmOptions {
  threads: number
  /** To do without what the engine has; for tests. */
  capabilities?: Partial<Capabilities>
}

/**
 * Linear algebra in WebAssembly, in Node and in browsers: with `threads` workers where memory can be shared, with one
 * elsewhere. Workers start with the first large operation.
 * @throws ProviderUnavailable where the engine has no vector instructions, or the kernels cannot be loaded
 */
export async function createWasmBlas(options: WasmOptions): Promise<Blas> {
  const { threads } = options
  const { simd, relaxedSimd, sharedMemory } = { ...detectCapabilities(), ...options.capabilities }
  if (!simd)
    throw new ProviderUnavailable('wasm', 'this engine has no WebAssembly vector instructions (SIMD)')
  const build = relaxedSimd ? 'relaxed' : 'simd'
  const module = await loadModule(build, sharedMemory).catch((cause: unknown) => {
    throw new ProviderUnavailable('wasm', `the kernels cannot be loaded: ${String(cause)}`, { cause })
  })
  const count = sharedMemory ? threads : 1
  const team = new TeamLane(() => (sharedMemory ? startSharedTeam(module, count) : startSingleThread(module)))
  const lanes = { local: new LocalLane(module, sharedMemory), team }
  const products = createProducts(lanes)
  return {
    id: 'wasm',
    description: describe(relaxedSimd, sharedMemory),
    threads: count,
    ...products,
    ...createSystems(lanes),
    ...createOrthogonal(lanes, products.gemm),
    ...createSpectral(lanes),
    close: () => team.close(),
  }
}

function describe(relaxedSimd: boolean, sharedMemory: boolean): string {
  const arithmetic = relaxedSimd ? 'relaxed SIMD (fused multiply-add)' : 'SIMD'
  return `WebAssembly, ${arithmetic}, ${sharedMemory ? 'shared memory' : 'one thread, as memory cannot be shared here'}`
}

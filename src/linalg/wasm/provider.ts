import type { Blas } from '#linalg/blas'
import { ProviderUnavailable } from '#linalg/provider'

export async function createWasmBlas(_options: { threads: number }): Promise<Blas> {
  throw new ProviderUnavailable('wasm', 'not built yet')
}

import type { Blas } from '#linalg/blas'
import { ProviderUnavailable } from '#linalg/provider'

export async function createNativeBlas(_options: { threads: number }): Promise<Blas> {
  throw new ProviderUnavailable('native', 'not built yet')
}

import { chooseBlas } from '#linalg/provider'
import { RetortError } from '#core/errors'
import type { Blas } from '#linalg/blas'

/** Every provider that loads here; the first is the one that Retort would choose. */
export async function availableBlas(): Promise<Blas[]> {
  const found: Blas[] = []
  for (const provider of ['native', 'wasm'] as const) {
    try {
      found.push((await chooseBlas({ provider })).blas)
    } catch (error) {
      if (!(error instanceof RetortError && error.code === 'resource/no-blas')) throw error
    }
  }
  if (found.length === 0) throw new Error('no linear-algebra provider loads here')
  return found
}

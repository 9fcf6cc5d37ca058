import { RetortError } from '#core/errors'
import type { Blas } from '#linalg/blas'

export interface BlasRequest {
  /** `auto`: native where a system library loads, else wasm. Default: RETORT_BLAS, else `auto`. */
  provider?: 'auto' | 'native' | 'wasm'
  /** Default: RETORT_THREADS, else the number of cores. */
  threads?: number
}

/** A provider that cannot run on this machine; the choice falls through to the next one. */
export class ProviderUnavailable extends Error {
  readonly provider: string
  constructor(provider: string, reason: string, options?: { cause?: unknown }) {
    super(reason, options)
    this.name = 'ProviderUnavailable'
    this.provider = provider
  }
}

export interface BlasChoice {
  readonly blas: Blas
  /** Providers tried before it and why each was passed over. */
  readonly passedOver: readonly { provider: string; reason: string }[]
}

/** One row per provider, in order of preference; each is loaded only when tried. */
const providers: Record<'native' | 'wasm', (threads: number) => Promise<Blas>> = {
  native: async (threads) => (await import('#linalg/native/provider')).createNativeBlas({ threads }),
  wasm: async (threads) => (await import('#linalg/wasm/provider')).createWasmBlas({ threads }),
}

/**
 * The first provider that works here.
 * @throws RetortError `config/unknown-blas` for a name that is no provider, `config/threads` for a count that is none,
 * `resource/no-blas` when no provider loads
 */
export async function chooseBlas(request: BlasRequest = {}): Promise<BlasChoice> {
  const env = globalThis.process?.env ?? {}
  const wanted = request.provider ?? (env.RETORT_BLAS || 'auto')
  const threads = threadCount(request.threads, env.RETORT_THREADS)
  if (wanted !== 'auto' && wanted !== 'native' && wanted !== 'wasm') {
    throw new RetortError({
      code: 'config/unknown-blas',
      message: `'${wanted}' is no linear-algebra provider`,
      hint: 'Use --blas auto, --blas native or --blas wasm.',
      values: { blas: wanted },
    })
  }
  const passedOver: { provider: string; reason: string }[] = []
  const candidates: readonly (keyof typeof providers)[] = wanted === 'auto' ? ['native', 'wasm'] : [wanted]
  for (const id of candidates) {
    try {
      return { blas: await providers[id](threads), passedOver }
    } catch (error) {
      if (!(error instanceof ProviderUnavailable)) throw error
      passedOver.push({ provider: id, reason: error.message })
    }
  }
  throw new RetortError({
    code: 'resource/no-blas',
    message: passedOver.map(({ provider, reason }) => `${provider}: ${reason}`).join('; '),
    why: 'Every computation needs a linear-algebra provider.',
    hint:
      wanted === 'native'
        ? 'Install OpenBLAS (Debian: apt-get install libopenblas0-pthread) or use --blas wasm.'
        : 'Run: retort env',
  })
}

function threadCount(requested: number | undefined, setting: string | undefined): number {
  const threads = requested ?? (setting ? Number(setting) : (globalThis.navigator?.hardwareConcurrency ?? 1))
  if (Number.isInteger(threads) && threads >= 1) return threads
  const found = requested ?? setting ?? threads
  throw new RetortError({
    code: 'config/threads',
    message: `the thread count is '${found}', not a whole number from 1`,
    hint: 'Use --threads or RETORT_THREADS with the number of threads, e.g. RETORT_THREADS=2.',
    values: { threads: found },
  })
}

/** (module (func (result v128) (v128.const i32x4 0 0 0 0))) */
const simdProbe = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 22, 1, 20, 0, 253, 12, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11,
]
/** (module (func (param v128) (result v128) (f64x2.relaxed_madd (local.get 0) (local.get 0) (local.get 0)))) */
const relaxedProbe = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 0, 32, 0,
  253, 135, 2, 11,
]

/** What this engine offers beyond the first version of WebAssembly. */
export interface Capabilities {
  /** 128-bit vectors, without which the provider does not run. */
  readonly simd: boolean
  /** Fused multiply-add where the machine has it. */
  readonly relaxedSimd: boolean
  /** Memory that several workers share; in a page, only where it is cross-origin isolated. */
  readonly sharedMemory: boolean
}

export function detectCapabilities(): Capabilities {
  const validates = (bytes: number[]) =>
    typeof WebAssembly === 'object' && WebAssembly.validate(Uint8Array.from(bytes))
  return {
    simd: validates(simdProbe),
    relaxedSimd: validates(relaxedProbe),
    sharedMemory: typeof SharedArrayBuffer === 'function' && (runsInNode() || globalThis.crossOriginIsolated),
  }
}

export function runsInNode(): boolean {
  return globalThis.process?.versions?.node !== undefined
}

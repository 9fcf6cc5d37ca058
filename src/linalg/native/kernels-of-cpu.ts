import { readFileSync } from 'node:fs'

/**
 * The kernels that OpenBLAS falls back to for an x86 processor newer than itself: 128-bit vectors, a fifth of the rate.
 * Debian 12's OpenBLAS does so on every Xeon since Emerald Rapids.
 */
const fallback = 'Prescott'

/** Kernels of OpenBLAS by the instructions that they need, as Linux names these; best first. */
const kernels: readonly (readonly [core: string, flags: readonly string[]])[] = [
  ['SkylakeX', ['avx512f', 'avx512cd', 'avx512bw', 'avx512dq', 'avx512vl']],
  ['Haswell', ['avx2', 'fma']],
]

/**
 * The kernels to ask of OpenBLAS in place of those it chose, or nothing where its choice stands.
 * @param chosen what openblas_get_corename gives
 * @param cpuinfo the text of /proc/cpuinfo
 */
export function betterKernels(chosen: string, cpuinfo: string): string | undefined {
  if (chosen !== fallback) return undefined
  const flags = new Set(cpuinfo.match(/^flags\s*:(.*)$/m)?.[1].split(' '))
  return kernels.find(([, needed]) => needed.every((flag) => flags.has(flag)))?.[0]
}

/** The text of /proc/cpuinfo, empty where there is none. */
export function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    return ''
  }
}

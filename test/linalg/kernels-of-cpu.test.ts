import { describe, expect, it } from 'vitest'
import { betterKernels } from '#linalg/native/kernels-of-cpu'

const cpu = (flags: string) => `processor\t: 0\nflags\t\t: ${flags}\nbugs\t\t: none\nflags\t\t: fpu\n`
const wide = 'fma avx2 avx512f avx512dq avx512cd avx512bw avx512vl'

describe('kernels for a processor that OpenBLAS does not know', () => {
  it('asks for the widest that the processor has', () => {
    expect(betterKernels('Prescott', cpu(wide))).toBe('SkylakeX')
    expect(betterKernels('Prescott', cpu('fpu avx2 fma'))).toBe('Haswell')
    expect(betterKernels('Prescott', cpu('fma avx2 avx512f'))).toBe('Haswell')
  })

  it('keeps the fallback where nothing better would run', () => {
    expect(betterKernels('Prescott', cpu('fpu sse3'))).toBeUndefined()
    expect(betterKernels('Prescott', '')).toBeUndefined()
  })

  it('never overrides kernels that OpenBLAS chose knowingly', () => {
    for (const chosen of ['Haswell', 'Zen', 'Cooperlake', 'neoversen1', ''])
      expect(betterKernels(chosen, cpu(wide))).toBeUndefined()
  })
})

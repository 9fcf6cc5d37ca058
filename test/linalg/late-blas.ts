import type { Blas } from '#linalg/blas'

/**
 * The same provider, whose products begin some milliseconds late, up to four beside one another: what is overwritten or
 * looked at too early then shows.
 */
export function lateBlas(blas: Blas): Blas {
  const late = () => new Promise((resolve) => setTimeout(resolve, 3))
  const slow: Blas = {
    ...blas,
    async gemm(a, b, options) {
      await late()
      return blas.gemm(a, b, options)
    },
    async syrk(a, options) {
      await late()
      return blas.syrk(a, options)
    },
  }
  return { ...slow, apart: slow }
}

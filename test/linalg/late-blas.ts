import type { Blas } from '#linalg/blas'

/**
 * The same provider, whose products begin late, those with oneself so late that many others are done before: what is
 * overwritten or looked at too early then shows.
 */
export function lateBlas(blas: Blas): Blas {
  const late = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
  const slow: Blas = {
    ...blas,
    async gemm(a, b, options) {
      await late(2)
      return blas.gemm(a, b, options)
    },
    async syrk(a, options) {
      await late(40)
      return blas.syrk(a, options)
    },
  }
  return { ...slow, apart: slow }
}

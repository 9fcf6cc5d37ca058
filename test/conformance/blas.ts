import type { BlasCase } from './blas-case.ts'
import { inBothPrecisions } from './blas-case.ts'
import { determinismCases } from './blas-determinism.ts'
import { orthogonalCases } from './blas-orthogonal.ts'
import { productCases } from './blas-products.ts'
import { spectralCases } from './blas-spectral.ts'
import { systemCases } from './blas-systems.ts'

/**
 * What every Blas provider must do, without a test runner and without Node, so that the same cases run in a browser:
 * by residuals and exact references, never by golden numbers.
 */
export const blasCases: readonly BlasCase[] = [
  ...inBothPrecisions(productCases),
  ...inBothPrecisions(systemCases),
  ...inBothPrecisions(orthogonalCases),
  ...inBothPrecisions(spectralCases),
  ...inBothPrecisions(determinismCases),
]

export type { BlasCase }

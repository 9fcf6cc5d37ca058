import type { Blas, FloatArray } from '#linalg/blas'
import type { Precision } from './blas-matrices.ts'
import { float32, float64 } from './blas-matrices.ts'

/** One promise of the Blas contract; `run` throws where the provider breaks it. */
export interface BlasCase {
  readonly name: string
  run(blas: Blas): Promise<void>
}

/** The same cases for both element types, named by it. */
export function inBothPrecisions(
  cases: <A extends FloatArray>(precision: Precision<A>) => BlasCase[],
): BlasCase[] {
  const named = (precision: Precision<FloatArray>, list: BlasCase[]) =>
    list.map(({ name, run }) => ({ name: `${precision.name}: ${name}`, run }))
  return [...named(float64, cases(float64)), ...named(float32, cases(float32))]
}

import type { Matrix } from '#core/matrix'
import { matrix, transpose } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import type { Passes } from '#models/two-layer/examples'
import { examplesInMemory } from '#models/two-layer/examples'

/** g(z) of a multi-index target f(x) = g(Bx). */
export type Link = (z: ArrayLike<number>) => number

/** Orthonormal Hermite polynomials. */
const he2 = (z: number) => (z * z - 1) / Math.SQRT2
export const he3 = (z: number) => (z * z * z - 3 * z) / Math.sqrt(6)

/** Links of variance one with a full-rank mean Hessian and a cubic part, by intrinsic dimension. */
export const links: Readonly<Record<1 | 2 | 3, Link>> = {
  1: (z) => (he2(z[0]) + he3(z[0])) / Math.SQRT2,
  2: (z) =>
    (he2(z[0]) - 0.8 * he2(z[1]) + 0.5 * z[0] * z[1] + 0.8 * he3(z[0]) + 0.8 * he2(z[0]) * z[1]) /
    Math.sqrt(3.17),
  3: (z) => (he2(z[0]) + he2(z[1]) - he2(z[2]) + 1.3 * z[0] * z[1] * z[2]) / Math.sqrt(4.69),
}

export interface MultiIndexSettings {
  readonly inputSize: number
  readonly rank: 1 | 2 | 3
  readonly count: number
  readonly seed: number
  readonly link?: Link
  /** Slope along the first direction of B, added to the link. */
  readonly linear?: number
  readonly tests?: number
}

export interface MultiIndex {
  /** r × d, orthonormal rows. */
  readonly subspace: Matrix
  readonly inputs: Matrix
  readonly targets: Float64Array
  readonly passes: Passes
  readonly testInputs: Matrix
  /** Without noise. */
  readonly testTargets: Float64Array
  /** Mean square of prediction − f over the variance of f, on the test examples. */
  errorOf(predictions: Float64Array): number
}

/** x ~ N(0, I), y = g(Bx) ± 0.1 with random signs; every part has a random stream of its own. */
export async function multiIndex(settings: MultiIndexSettings, blas: Blas): Promise<MultiIndex> {
  const { inputSize: d, rank, count, seed, link = links[rank], linear = 0, tests = 10_000 } = settings
  const normal = (rows: number, tag: string) =>
    matrix(rows, d, randomStream(seed, 'multi-index', tag).fillNormal(new Float64Array(rows * d)))
  const { q } = await blas.qr(transpose(normal(rank, 'subspace')))
  const subspace = transpose(q)
  const valuesOf = async (inputs: Matrix) => {
    const z = await blas.gemm(inputs, subspace, { transposeB: true })
    return Float64Array.from({ length: inputs.rows }, (_, i) => {
      const row = z.data.subarray(i * rank, (i + 1) * rank)
      return link(row) + linear * row[0]
    })
  }
  const inputs = normal(count, 'inputs')
  const testInputs = normal(tests, 'test inputs')
  const testTargets = await valuesOf(testInputs)
  const signs = randomStream(seed, 'multi-index', 'noise')
  const targets = (await valuesOf(inputs)).map((value) => value + (signs.uniform() < 0.5 ? -0.1 : 0.1))
  const mean = testTargets.reduce((sum, value) => sum + value, 0) / tests
  const variance = testTargets.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    subspace,
    inputs,
    targets,
    passes: examplesInMemory(inputs, targets),
    testInputs,
    testTargets,
    errorOf: (predictions) =>
      predictions.reduce((sum, value, i) => sum + (value - testTargets[i]) ** 2, 0) / variance,
  }
}

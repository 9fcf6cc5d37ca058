import { copyOf, type Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { LabelFrame } from './labels.ts'
import { pointValue, type RootRule } from './roots.ts'
import { scaleRows } from './slices.ts'
import { type Spectrum } from './spectrum.ts'

/** X̂_λ⁺ = (X̂ X̂ᵀ + λI)⁻¹ X̂, regularised pseudo-inverse with examples as rows, m × p. */
export async function regularisedInverse(blas: Blas, examples: Spectrum, ridge: number): Promise<Matrix> {
  const { u, values, vt } = examples
  return blas.gemm(
    u,
    await scaleRows(
      vt,
      values.map((s) => s / (s * s + ridge)),
    ),
  )
}

/** X̂_λ, the pseudo-inverse of X̂_λ⁺: singular values s + λ/s, m × p. */
export async function regularisedExamples(blas: Blas, examples: Spectrum, ridge: number): Promise<Matrix> {
  const { u, values, vt } = examples
  return blas.gemm(
    u,
    await scaleRows(
      vt,
      values.map((s) => s + ridge / s),
    ),
  )
}

/**
 * The D with Y_Sᵀ D = W that is nearest to a given X̂_λ⁺: D = X̂_λ⁺ − Y_S⁺(Y_S X̂_λ⁺ − W).
 * Chen, Huang, Weng 2024, Corollary 4.1.1. Nearest among pseudo-inverses, which is not nearest among data.
 */
export async function nearestPseudoInverse(
  blas: Blas,
  pseudoInverse: Matrix,
  { a, m }: LabelFrame,
): Promise<Matrix> {
  const change = await blas.gemm(a, pseudoInverse, { transposeA: true, beta: -1, c: copyOf(m) })
  return blas.gemm(a, change, { alpha: -1, beta: 1, c: copyOf(pseudoInverse) })
}

/**
 * X_S from an unfactored D: one root for every singular triple (u, σ, v) of D. `nearest` compares with uᵀ X̂ v, which
 * makes X_S the nearest to X̂ of all sign choices; with Y_S = Y, λ_S = λ and m = n it is X̂ itself.
 * @throws RangeError above the bound on λ_S
 */
export async function pointsNear(
  blas: Blas,
  d: Spectrum,
  ridge: number,
  rule: RootRule,
  examples?: Matrix,
): Promise<Matrix> {
  const seen = examples && ridge > 0 ? await blas.gemm(d.u, examples, { transposeA: true }) : undefined
  const values = d.values.map((sigma, i) => pointValue(sigma, ridge, rule, seen && dotRow(seen, d.vt, i)))
  return blas.gemm(d.u, await scaleRows(d.vt, values))
}

function dotRow(a: Matrix, b: Matrix, row: number): number {
  let sum = 0
  for (let j = row * a.cols; j < (row + 1) * a.cols; j++) sum += a.data[j] * b.data[j]
  return sum
}

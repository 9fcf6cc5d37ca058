/** Which root of σ s² − s + λ_S σ = 0 becomes the singular value s of the points, where λ_S > 0. */
export type RootRule = 'nearest' | 'plus' | 'minus'

/** Rounding allowed in 4 λ_S σ² ≤ 1, where λ_S stands exactly at its bound. */
export const boundSlack = 1e-14

/**
 * The singular value of the points that belongs to the singular value σ > 0 of D = X_S (X_Sᵀ X_S + λ_S I)⁻¹:
 * s = (1 ± √(1 − 4 λ_S σ²)) / (2σ), the minus root as 2 λ_S σ / (1 + √…), which keeps its digits; 1/σ at λ_S = 0.
 * Chen, Huang, Weng 2024, Theorem 4.1.
 * @param reference what the value should be near to; `nearest` without one takes plus, as the paper's code does
 * @throws RangeError above the bound λ_S ≤ 1/(4σ²), where there is no real root
 */
export function pointValue(sigma: number, ridge: number, rule: RootRule, reference?: number): number {
  if (ridge === 0) return 1 / sigma
  const discriminant = 1 - 4 * ridge * sigma * sigma
  if (!(discriminant >= -boundSlack)) {
    throw new RangeError(`λ_S = ${ridge} is above 1/(4σ²) = ${1 / (4 * sigma * sigma)}`)
  }
  const root = Math.sqrt(Math.max(0, discriminant))
  const plus = (1 + root) / (2 * sigma)
  const minus = (2 * ridge * sigma) / (1 + root)
  if (rule === 'minus') return minus
  if (rule === 'plus' || reference === undefined) return plus
  return Math.abs(plus - reference) <= Math.abs(minus - reference) ? plus : minus
}

/** The largest λ_S that any points with these labels can serve: 1/(4‖Y_S⁺W‖²); infinite for a zero W. */
export function largestRidge(norm: number): number {
  return norm === 0 ? Infinity : 1 / (4 * norm * norm)
}

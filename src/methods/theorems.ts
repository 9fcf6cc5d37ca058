/** A statement that a distilled set rests on. */
export interface Theorem {
  readonly id: TheoremId
  readonly statement: string
  readonly source: string
}

const paper = 'Chen, Huang, Weng, NeurIPS 2024'
const ours = 'Retort, docs/theory.md'

const table = {
  'fixed-labels': {
    statement:
      'For m points with given labels Y_S of rank k, ridge regression with λ_S gives W exactly when the points are U diag(s) Vᵀ for some D = U diag(σ) Vᵀ with Y_Sᵀ D = W, where σ s² − s + λ_S σ = 0 and 4 λ_S σ² ≤ 1; for λ_S = 0, s = 1/σ. Such a D exists for every m ≥ k.',
    source: `${paper}, Theorem 4.1`,
  },
  'row-space-noise': {
    statement:
      'For m ≥ k and rank(Y_S) = k, the points W⁺ Y_S + (I − W⁺W) Z (I − Y_S⁺ Y_S) train to W for every Z; with orthonormal Z their condition number is that of Y_S⁺ W.',
    source: `${paper}, Theorem C.2; orthonormal Z: ${ours}`,
  },
  'label-solve': {
    statement:
      'Points of rank p serve every W and every λ_S with the labels Y_S = W X_{S,λ_S}; fewer points cannot in general.',
    source: `${paper}, Theorem 4.2`,
  },
  'labels-projection': {
    statement:
      'On given points, whose features span the range of a projection P, the labels Y_S = W X_{S,λ_S} train to W P for every λ_S ≥ 0; no labels on these points come nearer to W than ‖W (I − P)‖.',
    source: `${paper}, Theorem 4.2`,
  },
  'nearest-pseudo-inverse': {
    statement:
      'Among all D with Y_Sᵀ D = W, the nearest to the regularised pseudo-inverse of real examples is X̂⁺ − Y_S⁺ (Y_S X̂⁺ − W).',
    source: `${paper}, Corollary 4.1.1`,
  },
  'free-labels': {
    statement:
      'Labels that make ridge regression on given points give W exist for any λ_S ≥ 0 if and only if Row(W) lies in the span of the points. The fewest points are therefore rank(W), and λ_S has no bound.',
    source: ours,
  },
  'data-space-optimum': {
    statement:
      'Points whose span holds Row(W) are at least the rank(W) smallest singular values of R = X̂ (I − W⁺W) away from the real examples X̂, in quadrature; replacing the examples along the last left singular vectors of R attains it, up to the floor that keeps the set well conditioned.',
    source: ours,
  },
  'every-ridge': {
    statement:
      'Points and labels with X_Sᵀ X_S = Σ x xᵀ and Y_Sᵀ X_S = Σ y xᵀ give the same W as the whole data for every λ; rank(X) points suffice, and unions of such sets are such sets of the union.',
    source: 'setting of Izzo, Zou 2023; construction: ' + ours,
  },
  intercept: {
    statement:
      'Ridge regression with an unpenalised intercept is ridge regression on centred data, whose m points span m − 1 dimensions; so one more point is needed, and the intercept is exact when the means satisfy W x̄_S + b = ȳ_S.',
    source: ours,
  },
  'dimension-count': {
    statement:
      'Behind a feature map R^d → R^p that is Lipschitz on bounded sets, almost no W of rank r is carried by fewer than r p/(d′ + r) points, with d′ = d, or d − 1 where φ(cx) = cφ(x); whatever the points span, solved labels carry exactly, for every λ_S ≥ 0.',
    source: ours,
  },
  'eckart-young': {
    statement:
      'The model of any m points has rank at most m, so its distance from W is at least the singular values of W beyond the m-th, in quadrature.',
    source: 'Eckart, Young 1936',
  },
} as const satisfies Record<string, Omit<Theorem, 'id'>>

export type TheoremId = keyof typeof table

/** The statement of one theorem. */
export function theorem(id: TheoremId): Theorem {
  return { id, ...table[id] }
}

/** Every theorem that a ridge set may rest on. */
export const theorems: readonly Theorem[] = Object.keys(table).filter(isTheoremId).map(theorem)

function isTheoremId(id: string): id is TheoremId {
  return Object.hasOwn(table, id)
}

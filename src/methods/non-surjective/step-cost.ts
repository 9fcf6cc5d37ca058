import { isDense, mostIterations } from './linear-step.ts'

/** What the work of a step depends on. */
export interface StepSize {
  /** m and d. */
  readonly points: number
  readonly inputs: number
  /** p, with the constant one where there is an intercept. */
  readonly features: number
  /** r = rank(W). */
  readonly rank: number
  /** Floating-point operations of φ(x) for one x; each derivative along one direction takes as many. */
  readonly operations: number
}

/** Floating-point operations of one step of the search: `fixed`, and `iteration` for each of at most `iterations`. */
export interface StepCost {
  /** Whether J, r(p − m) × m d, is written out, so that nothing is iterated. */
  readonly dense: boolean
  readonly fixed: number
  readonly iteration: number
  readonly iterations: number
}

/**
 * Leading-order counts. A step looks at its points, at the slopes about them and at the points that it comes to: three
 * times φ, and twice an orthonormal basis of the features (4 p m² by Householder reflections) with the residual. J
 * written out takes the derivative of φ along p − m directions at every point and the normal equations
 * of its shorter side; else an iteration of conjugate gradients takes one product with J and one with Jᵀ.
 */
export function stepCost({ points: m, inputs: d, features: p, rank: r, operations }: StepSize): StepCost {
  const [long, short] = p > m ? [p, m] : [m, p]
  const basis = 4 * long * short ** 2 - (4 / 3) * short ** 3
  const looks = 3 * m * operations + 2 * (basis + 8 * r * p * m + r * m * m)
  const free = Math.max(0, p - m)
  const [equations, unknowns] = [r * free, m * d]
  const dense = isDense({ rank: r, features: p, inputs: d }, m)
  if (!dense) {
    const iteration = 2 * m * operations + 8 * m * m * p + 4 * r * m * p
    // The first gradient: half an iteration.
    return { dense, fixed: looks + iteration / 2, iteration, iterations: mostIterations }
  }
  const shorter = Math.min(equations, unknowns)
  const complement = 2 * m * free * (p + free + m) + 26 * m ** 3
  const jacobian = 2 * m * free * operations + complement + 2 * r * p * free
  const normal = shorter * equations * unknowns + shorter ** 3 / 3 + 4 * equations * unknowns
  return { dense, fixed: looks + jacobian + normal, iteration: 0, iterations: 0 }
}

/** The most that one step takes. */
export function mostOperations({ fixed, iteration, iterations }: StepCost): number {
  return fixed + iterations * iteration
}

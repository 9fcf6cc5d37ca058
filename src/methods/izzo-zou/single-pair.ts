import { glmFamilies, type GlmFamily, type GlmFamilyId } from '#models/glm'

/** One example on which gradient descent from a known start ends at a given model. */
export interface SinglePair {
  readonly family: GlmFamilyId
  /** θ₀, length d. */
  readonly initial: Float64Array
  /** x_S = c (θ* − θ₀), length d. */
  readonly point: Float64Array
  /** y_S = A′(θ*ᵀ x_S); real-valued. */
  readonly label: number
  /** A step size from which gradient descent converges without ever passing θ*. */
  readonly step: number
}

/**
 * The single point of Izzo & Zou 2023 for generalised linear models. Gradients on one example are multiples of x_S, so
 * descent from θ₀ stays on the line through θ₀ along x_S, which holds θ*; there the loss is strictly convex with its
 * minimum where A′(θᵀ x_S) = y_S: at θ*. Any length c > 0 of x_S does; the one taken keeps |θᵀx_S| ≤ 1 on the way, where
 * A′ loses no digits (with c = 1 the label of a confident logistic model would round to 0 or 1).
 */
export function singlePair(
  { id, mean, variance }: GlmFamily,
  theta: Float64Array,
  initial: Float64Array,
): SinglePair {
  const way = theta.map((value, j) => value - initial[j])
  const largest = Math.max(Math.abs(dot(theta, way)), Math.abs(dot(initial, way)))
  const length = 1 / Math.max(1, largest)
  const point = way.map((value) => length * value)
  const ends = [dot(initial, point), dot(theta, point)]
  // A″ is monotone or has its maximum at 0, so this bounds it on the way.
  const bound = Math.max(...ends.map(variance), ends[0] * ends[1] <= 0 ? variance(0) : 0)
  return { family: id, initial, point, label: mean(ends[1]), step: 1 / (bound * dot(point, point) || 1) }
}

/** Gradient descent on the negative log-likelihood of the one example, until it stands still. */
export function trainOnPair(
  { family, initial, point, label, step }: SinglePair,
  most = 10_000,
): { theta: Float64Array; steps: number } {
  const { mean } = glmFamilies[family]
  const theta = initial.slice()
  let last = Infinity
  for (let steps = 0; steps < most; steps++) {
    const error = mean(dot(theta, point)) - label
    // At rounding the error no longer shrinks.
    if (error === 0 || (Math.abs(error) >= last && last < 1e-12)) return { theta, steps }
    last = Math.abs(error)
    for (let j = 0; j < theta.length; j++) theta[j] -= step * error * point[j]
  }
  return { theta, steps: most }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j]
  return sum
}

import type { Matrix } from '#core/matrix'
import { arcCosineOverRoot } from './arc-cosine.ts'
import { squaredNorms } from './product-blocks.ts'

/** A fully connected ReLU network of infinite width in the NTK parametrisation. */
export interface ReluNetwork {
  /** Hidden layers, ≥ 1. */
  readonly depth: number
  /** Weights are N(0, σ_w² / inputs). */
  readonly weightDeviation: number
  /** Biases are N(0, σ_b²). */
  readonly biasDeviation: number
}

/** Entry l of each list belongs to the pre-activations of layer l; entries 0…depth. */
export interface RowProfile {
  /** q_l(x) = K_l(x, x), one value per row; also Θ_l(x, x). */
  readonly variances: readonly Float64Array[]
  readonly tangents: readonly Float64Array[]
  /** √q_l and 1/√q_l, 0 for 0. */
  readonly deviations: readonly Float64Array[]
  readonly inverses: readonly Float64Array[]
}

/** α = σ_w² / (2π): what the arc-cosine functions are multiplied by. */
export function arcScale({ weightDeviation }: ReluNetwork): number {
  return weightDeviation ** 2 / (2 * Math.PI)
}

/** q_0 = σ_w² ‖x‖² / d + σ_b², q_(l+1) = σ_w² q_l / 2 + σ_b², Θ_(l+1) = q_(l+1) + Θ_l σ_w² / 2. */
export function rowProfile(x: Matrix, network: ReluNetwork): RowProfile {
  const { depth, weightDeviation, biasDeviation } = network
  const half = weightDeviation ** 2 / 2
  const bias = biasDeviation ** 2
  const first = squaredNorms(x).map((norm) => (2 * half * norm) / x.cols + bias)
  const variances = [first]
  const tangents = [first]
  for (let l = 1; l <= depth; l++) {
    const variance = variances[l - 1].map((value) => half * value + bias)
    variances.push(variance)
    tangents.push(tangents[l - 1].map((value, i) => variance[i] + half * value))
  }
  const deviations = variances.map((values) => values.map(Math.sqrt))
  const inverses = deviations.map((values) => values.map((value) => (value > 0 ? 1 / value : 0)))
  return { variances, tangents, deviations, inverses }
}

/** What one layer does to a block of pairs: rows from..to of `left` with all rows of `right`. */
export interface LayerBlock {
  readonly level: number
  readonly left: RowProfile
  readonly right: RowProfile
  readonly from: number
  readonly to: number
  readonly alpha: number
  readonly bias: number
}

/**
 * One layer on covariances k and, where given, tangents t, in place (Cho & Saul 2009; Jacot et al. 2018): with
 * c = k / √(q(x) q(z)), s = √(1 − c²), a = π − arccos c,
 *
 *     k ← α √(q(x) q(z)) (s + a c) + σ_b²,   t ← k + α a t.
 *
 * k and t hold the block alone, row by row.
 */
export function advance(block: LayerBlock, k: Float64Array, t: Float64Array | undefined): void {
  const { level, left, right, from, to, alpha, bias } = block
  const inverses = right.inverses[level]
  const deviations = right.deviations[level]
  const cols = inverses.length
  for (let i = from, at = 0; i < to; i++) {
    const inverse = left.inverses[level][i]
    const scale = alpha * left.deviations[level][i]
    for (let j = 0; j < cols; j++, at++) {
      const c = k[at] * (inverse * inverses[j])
      const x = Math.abs(c)
      const root = Math.sqrt(Math.max(0, 1 - x))
      // arcsin |c|, and with the sign of c below
      const arc = Math.PI / 2 - root * arcCosineOverRoot(x)
      const next = scale * deviations[j] * (root * Math.sqrt(1 + x) + (Math.PI / 2) * c + x * arc) + bias
      k[at] = next
      if (t) t[at] = next + alpha * t[at] * (Math.PI / 2 + arc * (1 - 2 * Number(c < 0)))
    }
  }
}

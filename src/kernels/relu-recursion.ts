import type { Matrix } from '#core/matrix'
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
  /** d: how wide the rows are. */
  readonly inputs: number
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

/** σ_w²/d: K_0 = σ_w² xᵀz / d + σ_b². */
export function inputSlope({ weightDeviation }: ReluNetwork, inputs: number): number {
  return weightDeviation ** 2 / inputs
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
  return { inputs: x.cols, variances, tangents, deviations, inverses }
}

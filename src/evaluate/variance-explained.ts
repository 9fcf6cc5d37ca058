import { RetortError } from '#core/errors'
import type { Interval } from './intervals.ts'
import { z95 } from './intervals.ts'

/**
 * r² over any number of target columns, in one pass and mergeable.
 *
 * With e_i = ‖y_i − f(x_i)‖² and v_i = ‖y_i − ȳ‖² over all columns, r² = 1 − r with r = Σ e_i / Σ v_i; a column thus
 * counts by its variance (for one column it is the usual r²).
 *
 * The interval is that of a ratio of two means by the delta method (Cochran, "Sampling Techniques", 3rd ed. 1977,
 * section 2.11 and chapter 6): var(r) ≈ Σ (e_i − r v_i)² / (n (n − 1) v̄²), and r² ± 1.96 √var(r), cut at 1. ȳ being
 * an estimate changes it only to second order.
 */
export interface VarianceExplained {
  count: number
  /** Subtracted from targets before anything is summed, so that a large mean costs no digits. */
  origin: Float64Array
  /** Σ e and Σ e². */
  error: number
  errorSquared: number
  /** With z = y − origin: Σ z, Σ z zᵀ (k × k), Σ ‖z‖², Σ ‖z‖⁴, Σ ‖z‖² z, Σ e z, Σ e ‖z‖². */
  sum: Float64Array
  outer: Float64Array
  square: number
  fourth: number
  cubic: Float64Array
  errorTimesSum: Float64Array
  errorTimesSquare: number
}

/** @param origin a value close to the mean target, length k */
export function createVarianceExplained(origin: Float64Array): VarianceExplained {
  const k = origin.length
  return {
    count: 0,
    origin: origin.slice(),
    error: 0,
    errorSquared: 0,
    sum: new Float64Array(k),
    outer: new Float64Array(k * k),
    square: 0,
    fourth: 0,
    cubic: new Float64Array(k),
    errorTimesSum: new Float64Array(k),
    errorTimesSquare: 0,
  }
}

/**
 * Adds one example.
 * @param targets row-major targets; the example's start at `at`
 * @param error e = ‖y − f(x)‖² of the example
 */
export function addError(
  record: VarianceExplained,
  targets: ArrayLike<number>,
  at: number,
  error: number,
): void {
  const k = record.origin.length
  let square = 0
  for (let c = 0; c < k; c++) square += (targets[at + c] - record.origin[c]) ** 2
  for (let c = 0; c < k; c++) {
    const z = targets[at + c] - record.origin[c]
    record.sum[c] += z
    record.cubic[c] += square * z
    record.errorTimesSum[c] += error * z
    for (let d = 0; d < k; d++) record.outer[c * k + d] += z * (targets[at + d] - record.origin[d])
  }
  record.count += 1
  record.error += error
  record.errorSquared += error * error
  record.square += square
  record.fourth += square * square
  record.errorTimesSquare += error * square
}

/**
 * r² and its 95 % interval.
 * @throws RetortError `data/constant-target` where all targets are equal, for then r² has no meaning
 */
export function finishVarianceExplained(record: VarianceExplained): { value: number; interval: Interval } {
  const { count: n, origin, sum, outer, cubic } = record
  const k = origin.length
  const mean = sum.map((value) => value / n)
  const meanSquare = dot(mean, mean)
  const total = record.square - n * meanSquare
  if (!(total > n * k * 1e-24 * (record.square / n + dot(origin, origin)))) {
    throw new RetortError({
      code: 'data/constant-target',
      message: `all ${n} targets that the model is scored on are the same`,
      why: 'r² is the share of their variance that a model explains, and they have none.',
      hint: 'Score on more examples: give a larger test split with --test.',
      values: { examples: n },
    })
  }
  // v_i = ‖z_i‖² − 2 z̄·z_i + ‖z̄‖², expanded into the sums at hand.
  let varianceSquared =
    record.fourth +
    2 * meanSquare * record.square +
    n * meanSquare ** 2 -
    4 * dot(mean, cubic) -
    4 * meanSquare * dot(mean, sum)
  for (let c = 0; c < k; c++) {
    for (let d = 0; d < k; d++) varianceSquared += 4 * mean[c] * mean[d] * outer[c * k + d]
  }
  const errorTimesVariance =
    record.errorTimesSquare - 2 * dot(mean, record.errorTimesSum) + meanSquare * record.error

  const ratio = record.error / total
  const residual = record.errorSquared - 2 * ratio * errorTimesVariance + ratio ** 2 * varianceSquared
  const deviation = Math.sqrt(Math.max(0, residual) * (n / (n - 1))) / total
  const value = 1 - ratio
  return { value, interval: [value - z95 * deviation, Math.min(1, value + z95 * deviation)] }
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, value, i) => total + value * b[i], 0)
}

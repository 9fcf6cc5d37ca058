import type { RidgeSet } from '#core/distilled-set'
import { frobeniusNorm } from '#core/matrix'
import type { FloatStorage, Storage } from '#core/storage'
import { floatStorage } from '#core/storage'
import { columnMeans } from '#methods/closed-form/labels'
import type { Spectrum } from '#methods/closed-form/spectrum'
import { rankError } from '#methods/closed-form/spectrum'
import { augmented, euclideanNorm } from './model-difference.ts'

/** What exact means for each storage type: a relative error of W up to this is rounding of the file; a grid has none. */
const exactness: Record<FloatStorage, number> = { float32: 1e-5, float64: 1e-10 }
/** The same behind a feature map, whose inverse magnifies rounding by the condition of its layers. */
const exactnessBehindMap: Record<FloatStorage, number> = { float32: 1e-4, float64: 1e-8 }

/**
 * The bound that a set is held to. It follows from the set alone, so that nobody can loosen it: rounding of the
 * storage type, and for fewer points than W needs the part of W that no points of that number can carry (Eckart, Young
 * 1936), or, for points that are only labelled, that no labels on these very points can.
 * @param missed of W by the span of such points, relative; 0 for all others
 * @param ridges for a set that serves every λ: those that it is held to
 */
export function toleranceOf(
  set: RidgeSet,
  storage: Storage,
  weight: Spectrum,
  missed = 0,
  ridges: readonly number[] = [],
): number {
  const tail = rankError(weight, carriedRank(set.points.rows, set.training.intercept))
  return (
    Math.max(tail, missed) * reachOf(set) + exactnessOf(set, storage) + gramRounding(set, storage, ridges)
  )
}

/** No rounding of a file is allowed more than this: a set that needs more does not hold. */
const mostRounding = 1e-3
const unit: Record<FloatStorage, number> = { float32: 2 ** -24, float64: 2 ** -53 }

/**
 * What rounding the points of a d-set does to W(λ) = C (S + λI)⁻¹, which follows from S = X_Sᵀ X_S: a change of S by about
 * u‖X_S‖² moves W by up to that share of λ.
 */
function gramRounding({ points }: RidgeSet, storage: Storage, ridges: readonly number[]): number {
  const least = Math.min(...ridges.filter((ridge) => ridge > 0))
  if (least === Infinity) return 0
  return Math.min(mostRounding, (8 * unit[floatStorage(storage)] * frobeniusNorm(points) ** 2) / least)
}

/** A relative error of W up to which a set counts as exact. */
export function exactnessOf({ features }: RidgeSet, storage: Storage): number {
  return (features ? exactnessBehindMap : exactness)[floatStorage(storage)]
}

/** How much of a relative change of W the model [W b] shows: with an intercept b moves too, by at most ‖ΔW‖ ‖x̄_S‖. */
function reachOf({ points, training }: RidgeSet): number {
  const share = frobeniusNorm(training.weight) / (frobeniusNorm(augmented(training)) || 1)
  return training.intercept ? share * Math.hypot(1, euclideanNorm(columnMeans(points))) : share
}

/** The largest rank that m points give: one less with an intercept, because centred points add up to zero. */
export function carriedRank(points: number, intercept: boolean): number {
  return points - (intercept ? 1 : 0)
}

/** About 450 ε: several times what least squares loses in practice on a set of condition number 1. */
const trainingUnit = 1e-13

/**
 * How far two correct computations of the same relative error may lie apart: the rounding of training, about ε times
 * the condition number of the points, on machines that sum in different orders.
 * @param amplification of rounding by a feature map
 */
export function trainingRounding(set: RidgeSet, conditionNumber: number, amplification = 1): number {
  return trainingUnit * conditionNumber * Math.max(1, reachOf(set)) * amplification
}

/** The same of a condition number, which is known to a relative error of about ε times its size. */
export function conditionRounding(conditionNumber: number, amplification = 1): number {
  return trainingUnit * conditionNumber * conditionNumber * amplification
}

/** Whether a stated measurement is the recomputed one, up to relative 10⁻⁶ and the rounding of training. */
export function agrees(stated: number, found: number, rounding: number): boolean {
  return Math.abs(stated - found) <= 1e-6 * Math.max(Math.abs(stated), Math.abs(found)) + rounding
}

import type { RidgeClaim } from '#core/certificate'
import type { RidgeSet } from '#core/distilled-set'
import type { Precondition } from '#core/precondition'
import type { Watch } from '#core/progress'
import type { StoredArtefact } from '#artefact/read'
import { requireRidge } from '#artefact/read'
import { figure, plural } from '#artefact/report/figures'
import type { FeatureMap } from '#features/feature-map'
import { rangePrecondition } from '#features/range'
import type { Blas } from '#linalg/blas'
import { spanOf } from '#methods/closed-form/span'
import { conditionNumber, rankError, spectrumOf } from '#methods/closed-form/spectrum'
import { kernelRidge } from '#methods/kernel-ridge'
import { reachPrecondition } from '#methods/kernel-ridge/reach'
import { ridgeLabelSolve, spanPrecondition } from '#methods/ridge-label-solve'
import { theorem } from '#methods/theorems'
import type { RidgeModel } from '#models/ridge-model'
import { trainRidgeOnPoints } from '#models/ridge-points'
import { carriedRank, exactnessOf, toleranceOf } from './bounds.ts'
import { inFeatureSpace } from './feature-space.ts'
import type { GuaranteeInputs } from './guarantee.ts'
import { guaranteePredictions } from './guarantee.ts'
import { modelError } from './model-difference.ts'
import { measurePreconditions, theoremOfSet } from './preconditions.ts'

export interface CertifyOptions {
  readonly blas: Blas
  /** Inputs for the guarantee on single predictions. */
  readonly test?: GuaranteeInputs
  /** For a set that serves every λ: the original model at other λ than the stored one. */
  readonly others?: readonly RidgeModel[]
}

export interface Certified {
  /** With φ(X_S) for points where the set has a feature map. */
  readonly set: RidgeSet
  /** Of rounding, by the feature map. */
  readonly amplification: number
  readonly claim: RidgeClaim
  /** Trained from the stored points with λ_S. */
  readonly distilled: RidgeModel
}

/**
 * Trains on a set as it was read back from its file, in float64, and states what holds of it. Nothing is taken over
 * from the method that made the set: theorem, preconditions and bound follow from what is stored.
 * @throws RetortError `usage/other-training` for a set that ridge regression is not trained from
 */
export async function certify(
  artefact: StoredArtefact,
  options: CertifyOptions,
  watch: Watch = {},
): Promise<Certified> {
  const { set: stored, storage, run } = requireRidge(artefact)
  const { blas, test, others = [] } = options
  const { set, map, amplification } = await inFeatureSpace({ set: stored }, blas)
  const { training, points, labels } = set
  const trainAt = (ridge: number) => trainRidgeOnPoints(points, labels, ridge, training.intercept, blas)

  const trained = await trainAt(training.ridge)
  const relativeError = modelError(trained.model, training)
  const weight = await spectrumOf(blas, training.weight)
  // Points that were only labelled, as those on a grid are, claim no more than their span carries.
  const labelled = set.method === ridgeLabelSolve.id || set.grid !== undefined
  const span = labelled ? await spanOf(blas, points, training) : undefined
  const missed = span && span.missed > exactnessOf(set, storage) ? span.missed : 0
  const every = training.originalRidge === 'all'
  const ridges = every ? [training.ridge, ...others.map(({ ridge }) => ridge)] : []
  const tolerance = toleranceOf(set, storage, weight, missed, ridges)
  const preconditions = [
    ...(span ? [spanPrecondition(span, points.cols)] : []),
    ...(map ? await mapPreconditions(map, set, blas) : []),
    ...(await measurePreconditions(set, weight, blas)),
  ]
  const otherRidges: { ridge: number; relativeError: number }[] = []
  for (const other of others) {
    watch.signal?.throwIfAborted()
    const { model } = await trainAt(other.ridge)
    otherRidges.push({ ridge: other.ridge, relativeError: modelError(model, other) })
  }
  const original = { ...training, ridge: training.ridge }
  const guarantee =
    test &&
    (await guaranteePredictions(test, { ...set, map, original, distilled: trained.model }, blas, watch))
  const tail = missed > 0 ? 0 : rankError(weight, carriedRank(points.rows, training.intercept))
  const errors = [relativeError, ...otherRidges.map((other) => other.relativeError)]
  return {
    set,
    amplification,
    distilled: trained.model,
    claim: {
      schemaVersion: 1,
      kind: 'ridge',
      theorem:
        missed > 0 ? theorem('labels-projection') : tail > 0 ? theorem('eckart-young') : theoremOfSet(set),
      preconditions,
      claim: claimText(set, run.data.examples, { tail, missed }),
      points: points.rows,
      examples: run.data.examples,
      relativeError,
      tolerance,
      holds:
        errors.every((error) => error <= tolerance) && (tail > 0 || missed > 0 || noneFails(preconditions)),
      ...(otherRidges.length > 0 && { otherRidges }),
      conditionNumbers: { points: trained.conditionNumber, weight: conditionNumber(weight) },
      storage,
      ...(guarantee && { guarantee }),
      provenance: set.provenance,
    },
  }
}

/**
 * Of the map: whether W lies in a range that is a subspace, and, for sets that were made by inverting the map, whether
 * it reaches all features. Points that were found otherwise need no such thing.
 */
async function mapPreconditions(map: FeatureMap, set: RidgeSet, blas: Blas): Promise<Precondition[]> {
  return [
    ...(set.method === kernelRidge.id ? [reachPrecondition(map)] : []),
    ...(map.projectOntoRange ? [await rangePrecondition(map, set.training.weight, blas)] : []),
  ]
}

export function noneFails(preconditions: readonly Precondition[]): boolean {
  return preconditions.every(({ holds }) => holds !== false)
}

/** @param least what any points of that number, or any labels on these, must miss of W, relative to ‖W‖ */
function claimText(
  { points, training, features }: RidgeSet,
  examples: number,
  { tail, missed }: { tail: number; missed: number },
): string {
  const { ridge, originalRidge, intercept } = training
  const those = points.rows === 1 ? 'this 1 point' : `these ${plural(points.rows, 'point')}`
  const all = `all ${plural(examples, 'training example')}`
  const on = features ? ` on the features of map ${features.id}` : ''
  const kind = intercept ? `Ridge regression${on} with an unpenalised intercept` : `Ridge regression${on}`
  if (originalRidge === 'all') {
    return `${kind} on ${those} gives, for every λ, the model that it gives on ${all}.`
  }
  const original = `the model W that it gives with λ = ${figure(originalRidge, 6)} on ${all}`
  const how = `${intercept ? ' and' : ' with'} λ_S = ${figure(ridge, 6)} on ${those}`
  if (tail > 0) {
    return `${kind}${how} approximates ${original}: that many points miss at least ${figure(tail)} of W, relative to its norm (Eckart, Young 1936).`
  }
  if (missed > 0) {
    return `${kind}${how} approximates ${original} as well as any labels on these points: they all miss at least ${figure(missed)} of W, relative to its norm (Chen, Huang, Weng 2024, Theorem 4.2).`
  }
  return `${kind}${how} gives ${original}.`
}

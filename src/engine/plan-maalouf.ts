import type { Dataset } from '#core/dataset'
import type { Blas } from '#linalg/blas'
import type { MaaloufOptions } from '#methods/maalouf'
import { fewestPoints, maaloufOperations, maaloufPoints, maaloufPreconditions } from '#methods/maalouf-points'
import { planDistillation } from './plan-distillation.ts'
import { measuredRate, type Plan } from './plan.ts'
import type { FeatureSettings, FitSettings } from './settings.ts'

/** What can be said of labels for as many points as features before any example is read. */
export interface MaaloufPlanned extends Pick<
  Plan,
  | 'examples'
  | 'inputSize'
  | 'targetSize'
  | 'intercept'
  | 'preprocessing'
  | 'preconditions'
  | 'memoryBytes'
  | 'seconds'
> {
  readonly method: 'maalouf'
  /** Absent where the model is on the inputs themselves. */
  readonly features?: { readonly id: string; readonly featureSize: number }
  readonly points: number
  readonly pointsFrom: MaaloufOptions['pointsFrom']
  /** Fewer cannot span everything. */
  readonly fewest: number
  /** Of the method, which has one step; those of pass and fit apart. */
  readonly floatingPointOperations: number
}

/** @throws RetortError as `createFeatures` */
export async function planMaaloufSet(
  dataset: Dataset,
  options: MaaloufOptions,
  settings: { fit: FitSettings; features: FeatureSettings },
  blas: Blas,
): Promise<MaaloufPlanned> {
  const { plan, map } = await planDistillation(dataset, settings, 0, blas)
  const { examples, inputSize, targetSize, intercept, preprocessing } = plan
  const features = map?.featureSize ?? inputSize
  const space = { featureSize: features, intercept }
  const points = maaloufPoints(space, options)
  const floatingPointOperations = maaloufOperations(
    points,
    { features, targets: targetSize, operations: map?.operations ?? 0 },
    options.ridgeDistilled,
  )
  return {
    method: 'maalouf',
    examples,
    inputSize,
    targetSize,
    intercept,
    preprocessing,
    ...(map && { features: { id: map.id, featureSize: map.featureSize } }),
    points,
    pointsFrom: options.pointsFrom,
    fewest: fewestPoints(space),
    floatingPointOperations,
    preconditions: maaloufPreconditions(space, options),
    // Points and their features, with two singular value decompositions of these one after the other.
    memoryBytes: plan.memoryBytes + 8 * points * (inputSize + 5 * features),
    // In float64, whose products take twice as long as those that were measured.
    seconds: plan.seconds + floatingPointOperations / (0.25 * (await measuredRate(blas))),
  }
}

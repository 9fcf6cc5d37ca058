import type { Dataset } from '#core/dataset'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import { createFeatures } from './features.ts'
import type { Plan } from './plan.ts'
import { interceptOf, measuredRate, planClosedForm, rankBound } from './plan.ts'
import { planFeatures } from './plan-features.ts'
import type { FeatureSettings, FitSettings } from './settings.ts'

/** The plan of a closed form, behind a feature map where the settings ask for one. @throws RetortError as `createFeatures` */
export async function planDistillation(
  dataset: Dataset,
  { fit, features }: { fit: FitSettings; features: FeatureSettings },
  points: number,
  blas: Blas,
): Promise<{ plan: Plan; map?: FeatureMap }> {
  const map = await createFeatures(features, dataset.inputShape, fit.seed, blas)
  const intercept = interceptOf(dataset, fit)
  const planned =
    map &&
    (await planFeatures(map, { rank: rankBound(dataset, intercept, map.featureSize), intercept }, blas))
  return { plan: planClosedForm(dataset, fit, points, await measuredRate(blas), planned), map }
}

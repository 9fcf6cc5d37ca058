import type { RidgeSet } from '#core/distilled-set'
import type { Blas } from '#linalg/blas'
import { fitRidge } from '#models/ridge'
import type { RidgeModel } from '#models/ridge-model'
import type { Fit } from './fit.ts'

/** For a set that serves every λ: the original model a hundred times below and above the λ that is stored. */
export function otherModels(set: RidgeSet, { statistics, model }: Fit, blas: Blas): Promise<RidgeModel[]> {
  if (set.training.originalRidge !== 'all') return Promise.resolve([])
  const ridges = [model.ridge / 100, model.ridge * 100]
  const { intercept } = model
  return Promise.all(ridges.map((ridge) => fitRidge(statistics, ridge, { blas, intercept })))
}

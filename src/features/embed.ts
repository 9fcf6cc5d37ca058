import type { InputArray, Preprocessing } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import { preprocess } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import type { FeatureMap } from './feature-map.ts'

/** How raw inputs become what a model sees: preprocessed, then mapped where there is a map. */
export interface Embedding {
  readonly preprocessing: Preprocessing
  readonly features?: FeatureMap
}

/**
 * φ of the preprocessed inputs, or these themselves.
 * @param inputs count × size, raw, row-major
 * @returns count × p, its own storage
 */
export async function embed(
  inputs: InputArray,
  count: number,
  size: number,
  { preprocessing, features }: Embedding,
  blas: Blas,
): Promise<Matrix> {
  const preprocessed = await preprocess(inputs, count, size, preprocessing, blas)
  return features ? features.forward(preprocessed, blas) : preprocessed
}

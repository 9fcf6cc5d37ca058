import type { DistilledSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { undoPreprocessing } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import { showsExamples } from './limits.ts'
import { picturesOf } from './preview/pictures.ts'
import type { PointPictures } from './preview/preview.ts'

/**
 * The points, and the real images they stay near, mapped back to pixels. Points that stay near nothing are no pixels
 * even where they happen to lie in range: each is stretched.
 * @param range raw values of black and white
 */
export async function pointPictures(
  set: DistilledSet,
  range: readonly [number, number] | undefined,
  blas: Blas,
): Promise<PointPictures> {
  const raw = (points: Matrix) => undoPreprocessing(points, set.preprocessing, blas)
  const { points, references, inputShape } = set
  // A normalised image has no black and white of its own left.
  const known = set.preprocessing.normalised ? undefined : range
  return {
    distilled: picturesOf(
      await raw(points),
      inputShape,
      references || showsExamples(set) ? known : undefined,
    ),
    ...(references && { real: picturesOf(await raw(references), inputShape, known) }),
  }
}

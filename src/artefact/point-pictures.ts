import type { DistilledSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { undoPreprocessing } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import { picturesOf } from './preview/pictures.ts'
import type { PointPictures } from './preview/preview.ts'

/** The points, and the real images they stay near, mapped back to pixels. */
export async function pointPictures(
  set: DistilledSet,
  range: readonly [number, number] | undefined,
  blas: Blas,
): Promise<PointPictures> {
  const drawn = async (points: Matrix) =>
    picturesOf(await undoPreprocessing(points, set.preprocessing, blas), set.inputShape, range)
  return {
    distilled: await drawn(set.points),
    ...(set.references && { real: await drawn(set.references) }),
  }
}

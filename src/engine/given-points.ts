import type { Dataset } from '#core/dataset'
import { inputSize, preprocessingTitle } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { readArtefact } from '#artefact/read'
import { preprocess, undoPreprocessing } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import { ridgeLabelSolveOptions } from '#methods/ridge-label-solve'
import type { Fit } from './fit.ts'
import type { DistillRequest } from './request.ts'

/** The points of an earlier set, where the method labels these. */
export async function givenFor(
  { method, methodOptions, dataset }: Pick<DistillRequest, 'method' | 'methodOptions' | 'dataset'>,
  fit: Fit,
  blas: Blas,
) {
  if (method !== 'ridge-label-solve') return undefined
  const { reuse } = ridgeLabelSolveOptions.parse(methodOptions)
  return reuse === undefined ? undefined : givenPoints(reuse, dataset, fit, blas)
}

/**
 * The points of an earlier artefact of any kind, in the preprocessing of this fit.
 * @throws RetortError `usage/reuse` where they are no inputs of these data
 */
async function givenPoints(
  folder: string,
  dataset: Dataset,
  { preprocessing }: Pick<Fit, 'preprocessing'>,
  blas: Blas,
): Promise<{ points: Matrix; classes?: Int32Array }> {
  const { set } = await readArtefact(folder)
  const wanted = inputSize(dataset)
  if (set.points.cols !== wanted) {
    throw refused(folder, `the points of ${folder} have ${set.points.cols} values, the data ${wanted}`)
  }
  const theirs = set.preprocessing
  if (theirs.normalised !== preprocessing.normalised) {
    throw refused(
      folder,
      `the points of ${folder} are ${preprocessingTitle(theirs)}, the data ${preprocessingTitle(preprocessing)}`,
    )
  }
  const { rows, cols } = set.points
  // Normalised points are normalised no more: a distilled one need not have mean 0 and length 1.
  const raw = await undoPreprocessing(set.points, theirs, blas)
  const affine = { ...preprocessing, normalised: false }
  const points = await preprocess(raw.data, rows, cols, affine, blas)
  const { target } = dataset
  const sameClasses =
    target.kind === 'class' &&
    set.target.kind === 'class' &&
    target.names.join('\n') === set.target.names.join('\n')
  return { points, ...(sameClasses && set.classes && { classes: set.classes }) }
}

function refused(folder: string, message: string): RetortError {
  return new RetortError({
    code: 'usage/reuse',
    message,
    why: 'Points are labelled anew as inputs of these data.',
    hint: 'Name a set of the same inputs, or leave out --reuse.',
    path: folder,
  })
}

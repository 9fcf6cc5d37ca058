import type { Dataset } from '#core/dataset'
import { inputSize, preprocessingTitle } from '#core/dataset'
import { RetortError } from '#core/errors'
import { isTwoLayer, readArtefact } from '#artefact/read'
import type { TwoLayerPoints } from '#models/two-layer/student'
import type { Fit } from '../fit.ts'

/**
 * The points of an earlier two-layer set, whose first layer a new task takes over.
 * @throws RetortError `usage/reuse` where they live in another space
 */
export async function reusedPoints(
  folder: string | undefined,
  dataset: Dataset,
  { preprocessing }: Fit,
): Promise<TwoLayerPoints | undefined> {
  if (folder === undefined) return undefined
  const artefact = await readArtefact(folder)
  if (!isTwoLayer(artefact)) {
    throw refused(folder, `${folder} is a set for ${artefact.set.training.kind}, not for two-layer networks`)
  }
  const { set } = artefact
  const found = inputSize(dataset)
  if (set.points.cols !== found) {
    throw refused(folder, `the points of ${folder} have ${set.points.cols} values, the data ${found}`)
  }
  const [theirs, ours] = [preprocessingTitle(set.preprocessing), preprocessingTitle(preprocessing)]
  if (theirs !== ours) {
    throw refused(
      folder,
      `the points of ${folder} live in the preprocessing '${theirs}', the data in '${ours}'`,
    )
  }
  return set
}

function refused(folder: string, message: string): RetortError {
  return new RetortError({
    code: 'usage/reuse',
    message,
    why: 'Directions of one space mean nothing in another.',
    hint: 'Name a set of the same inputs with the same --preprocessing, or leave out --reuse.',
    path: folder,
  })
}

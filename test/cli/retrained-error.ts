import { readArtefact, requireRidge } from '#artefact/read'
import { chooseBlas } from '#linalg/provider'
import { trainRidgeOnPoints } from '#models/ridge-points'

/**
 * ‖[W_S b_S] − [W b]‖ / ‖[W b]‖ of an artefact as whoever receives it measures it: read anew, trained anew. Summed
 * here from the definition, apart from the code that certifies.
 */
export async function retrainedError(folder: string): Promise<number> {
  const { set } = requireRidge(await readArtefact(folder))
  const { ridge, intercept, weight, bias } = set.training
  const { blas } = await chooseBlas()
  try {
    const { model } = await trainRidgeOnPoints(set.points, set.labels, ridge, intercept, blas)
    const found = [...model.weight.data, ...model.bias]
    const wanted = [...weight.data, ...bias]
    const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0)
    return Math.sqrt(squares(found.map((value, i) => value - wanted[i])) / squares(wanted))
  } finally {
    await blas.close()
  }
}

import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { LinearLayer } from './feed-forward.ts'
import { createLayerSolver } from './layer-solver.ts'
import type { Distribution } from './random-weights.ts'
import type { Onto } from './surjectivity.ts'
import { measuredRank, moreOutputs } from './surjectivity.ts'

/** x ↦ W x for W of outputs × inputs. */
export function denseLayer(name: string, weight: Matrix): LinearLayer {
  const solver = createLayerSolver(weight)
  return {
    name,
    inputs: weight.cols,
    outputs: weight.rows,
    operations: 2 * weight.data.length,
    apply: (rows, blas, into) => blas.gemm(rows, weight, { transposeB: true, c: into }),
    applyTransposed: (rows: Matrix, blas: Blas) => blas.gemm(rows, weight),
    prepare: solver.prepare,
    solve: solver.solve,
    singularValues: solver.singularValues,
  }
}

/**
 * Whether a dense layer is onto: by its distribution where it is random, else by its singular values.
 * @param distribution of random weights; absent where they were given
 */
export async function denseOnto(
  layer: LinearLayer,
  distribution: Distribution | undefined,
  blas: Blas,
): Promise<Onto> {
  if (layer.outputs > layer.inputs) return { holds: 'never', reason: moreOutputs(layer) }
  if (distribution === undefined) return measuredRank(layer, blas)
  return distribution === 'orthogonal'
    ? { holds: 'always', reason: `the rows of layer ${layer.name} are orthonormal` }
    : { holds: 'almost surely', reason: `layer ${layer.name} is Gaussian` }
}

import type { Matrix } from '#core/matrix'
import { copyOf, matrix, transpose } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { RidgePath } from '#models/ridge'
import { chooseRidge } from '#models/ridge-choice'
import type { RidgeModel } from '#models/ridge-model'

export interface SubsetRidgeOptions {
  readonly intercept: boolean
  /** Candidates for λ, each ≥ 0. */
  readonly ridges: readonly number[]
  /** Preprocessed examples that λ is chosen on: inputs h × p; class indices, or h × k real targets. */
  readonly holdOut: { readonly inputs: Matrix; readonly targets: Int32Array | Float64Array }
  readonly blas: Blas
}

/**
 * Ridge regression on few points for every λ of a grid from one eigendecomposition of the smaller Gram matrix
 * (m × m or p × p), keeping the λ that `chooseRidge` finds best on the hold-out, the smallest on a tie.
 * With the (centred) points X, labels Y and X Xᵀ = V diag(e) Vᵀ: W(λ) = Yᵀ V diag(1/(e + λ)) Vᵀ X; for m > p with
 * Xᵀ X = V diag(e) Vᵀ: W(λ) = Yᵀ X V diag(1/(e + λ)) Vᵀ.
 * @param points m × p, preprocessed
 * @param labels m × k
 * @throws RetortError `data/too-few-examples` when nothing is held out
 */
export async function fitSubsetRidge(
  points: Matrix,
  labels: Matrix,
  options: SubsetRidgeOptions,
): Promise<RidgeModel> {
  const { blas, intercept, holdOut } = options
  const ridges = [...options.ridges].sort((a, b) => a - b)
  const { path, basis } = await subsetPath(points, labels, intercept, blas)
  const coordinates = await blas.gemm(holdOut.inputs, basis, { transposeB: true })
  const { ridge } = await chooseRidge(path, { inputs: coordinates, targets: holdOut.targets }, ridges, blas)
  const { weight, bias } = await path.at(ridge)
  return { weight: await blas.gemm(weight, basis), bias, ridge, intercept }
}

/** A ridge path in few coordinates: its models apply to x · basisᵀ instead of x. */
interface SubsetPath {
  readonly path: RidgePath
  /** r × p with r = min(m, p). */
  readonly basis: Matrix
}

async function subsetPath(
  points: Matrix,
  labels: Matrix,
  intercept: boolean,
  blas: Blas,
): Promise<SubsetPath> {
  const { cols: p } = points
  const { cols: k } = labels
  const inputMean = intercept ? columnMeans(points) : new Float64Array(p)
  const labelMean = intercept ? columnMeans(labels) : new Float64Array(k)
  const x = centred(points, inputMean)
  const y = centred(labels, labelMean)
  const dual = points.rows <= p
  const gram = await blas.syrk(x, { transpose: !dual })
  const { values: eigenvalues, vectors } = await blas.eigenSymmetric(gram)
  const cross = dual ? y : await blas.gemm(x, y, { transposeA: true })
  const rotated = await blas.gemm(cross, vectors, { transposeA: true })
  const basis = dual ? await blas.gemm(vectors, x, { transposeA: true }) : transpose(vectors)
  const mean = await blas.gemm(matrix(1, p, inputMean), basis, { transposeB: true })
  const size = eigenvalues.length

  const stacked = async (ridges: readonly number[]) => {
    const weights = matrix(ridges.length * k, size)
    const biases = new Float64Array(weights.rows)
    const spectra = ridges.map((ridge) => inverseSpectrum(eigenvalues, ridge, Math.max(points.rows, p)))
    for (let row = 0; row < weights.rows; row++) {
      const inverses = spectra[Math.floor(row / k)]
      biases[row] = labelMean[row % k]
      for (let j = 0; j < size; j++) {
        const weight = rotated.data[(row % k) * size + j] * inverses[j]
        weights.data[row * size + j] = weight
        biases[row] -= weight * mean.data[j]
      }
    }
    return { weights, biases }
  }
  const path: RidgePath = {
    intercept,
    inputSize: size,
    targetSize: k,
    eigenvalues,
    stacked,
    async at(ridge) {
      const { weights, biases } = await stacked([ridge])
      return { weight: weights, bias: biases, ridge, intercept }
    },
  }
  return { path, basis }
}

/** 1/(e + λ); for λ = 0 the pseudo-inverse, which gives the minimum-norm W. */
function inverseSpectrum(eigenvalues: Float64Array, ridge: number, size: number): Float64Array {
  const negligible = size * Number.EPSILON * eigenvalues[eigenvalues.length - 1]
  return eigenvalues.map((value) => (value > negligible || ridge > 0 ? 1 / (Math.max(0, value) + ridge) : 0))
}

function columnMeans(a: Matrix): Float64Array {
  const means = new Float64Array(a.cols)
  for (let at = 0; at < a.data.length; at++) means[at % a.cols] += a.data[at]
  return means.map((sum) => sum / a.rows)
}

function centred(a: Matrix, mean: Float64Array): Matrix {
  const result = copyOf(a)
  for (let at = 0; at < result.data.length; at++) result.data[at] -= mean[at % a.cols]
  return result
}

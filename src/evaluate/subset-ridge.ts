import type { Target } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import { copyOf, matrix, transpose } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from '#models/ridge-model'
import { argmax } from './argmax.ts'

/** Preprocessed examples that a λ is chosen on. */
export interface HoldOut {
  /** h × p. */
  readonly inputs: Matrix
  /** Class indices, or h × k row-major. */
  readonly targets: Int32Array | Float64Array
}

export interface SubsetRidgeOptions {
  readonly intercept: boolean
  /** Candidates for λ, each ≥ 0. */
  readonly ridges: readonly number[]
  readonly holdOut: HoldOut
  readonly target: Target
  readonly blas: Blas
}

/**
 * Ridge regression on few points for every λ of a grid from one eigendecomposition of the smaller Gram matrix
 * (m × m or p × p), keeping the λ that does best on the hold-out: highest accuracy for classes, lowest squared error
 * for real targets, the smallest λ on a tie.
 * With the (centred) points X, labels Y and X Xᵀ = V diag(e) Vᵀ: W(λ) = Yᵀ V diag(1/(e + λ)) Vᵀ X; for m > p with
 * Xᵀ X = V diag(e) Vᵀ: W(λ) = Yᵀ X V diag(1/(e + λ)) Vᵀ.
 * @param points m × p, preprocessed
 * @param labels m × k
 */
export async function fitSubsetRidge(
  points: Matrix,
  labels: Matrix,
  options: SubsetRidgeOptions,
): Promise<RidgeModel> {
  const { blas, intercept, holdOut, target } = options
  const ridges = [...options.ridges].sort((a, b) => a - b)
  const inputMean = intercept ? columnMeans(points) : new Float64Array(points.cols)
  const labelMean = intercept ? columnMeans(labels) : new Float64Array(labels.cols)
  const path = await ridgePath(centred(points, inputMean), centred(labels, labelMean), blas)

  const projected = await blas.gemm(holdOut.inputs, path.basis, { transposeB: true })
  const projectedMean = await blas.gemm(matrix(1, points.cols, inputMean), path.basis, { transposeB: true })
  let best = { loss: Infinity, ridge: ridges[0] }
  for (const ridge of ridges) {
    const coefficients = coefficientsAt(path, ridge)
    const predictions = await blas.gemm(projected, coefficients)
    const offset = await blas.gemm(projectedMean, coefficients)
    const bias = labelMean.map((mean, c) => mean - offset.data[c])
    const loss = holdOutLoss(predictions, bias, holdOut.targets, target)
    if (loss < best.loss) best = { loss, ridge }
  }
  const coefficients = coefficientsAt(path, best.ridge)
  const weight = await blas.gemm(coefficients, path.basis, { transposeA: true })
  const offset = await blas.gemm(projectedMean, coefficients)
  const bias = labelMean.map((mean, c) => mean - offset.data[c])
  return { weight, bias, ridge: best.ridge, intercept }
}

/** W(λ) = (diag(1/(values + λ)) · targets)ᵀ · basis. */
interface RidgePath {
  /** e, length r. */
  readonly values: Float64Array
  /** r × k. */
  readonly targets: Matrix
  /** r × p. */
  readonly basis: Matrix
}

async function ridgePath(points: Matrix, labels: Matrix, blas: Blas): Promise<RidgePath> {
  if (points.rows <= points.cols) {
    const { values, vectors } = await blas.eigenSymmetric(await blas.syrk(points))
    return {
      values: values.map((value) => Math.max(0, value)),
      targets: await blas.gemm(vectors, labels, { transposeA: true }),
      basis: await blas.gemm(vectors, points, { transposeA: true }),
    }
  }
  const { values, vectors } = await blas.eigenSymmetric(await blas.syrk(points, { transpose: true }))
  const cross = await blas.gemm(points, labels, { transposeA: true })
  return {
    values: values.map((value) => Math.max(0, value)),
    targets: await blas.gemm(vectors, cross, { transposeA: true }),
    basis: transpose(vectors),
  }
}

/** diag(1/(values + λ)) · targets; for λ = 0 the pseudo-inverse, which gives the minimum-norm W. */
function coefficientsAt({ values, targets, basis }: RidgePath, ridge: number): Matrix {
  const { rows, cols, data } = targets
  const negligible = Math.max(rows, basis.cols) * Number.EPSILON * Math.max(...values)
  const inverses = values.map((value) => (value > negligible || ridge > 0 ? 1 / (value + ridge) : 0))
  return matrix(
    rows,
    cols,
    data.map((value, at) => value * inverses[Math.floor(at / cols)]),
  )
}

function holdOutLoss(
  predictions: Matrix,
  bias: Float64Array,
  targets: Int32Array | Float64Array,
  target: Target,
): number {
  const { rows, cols, data } = predictions
  for (let at = 0; at < data.length; at++) data[at] += bias[at % cols]
  let loss = 0
  if (target.kind === 'class') {
    for (let i = 0; i < rows; i++) if (argmax(data, i * cols, cols) !== targets[i]) loss += 1
  } else {
    for (let at = 0; at < data.length; at++) loss += (data[at] - targets[at]) ** 2
  }
  return loss
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

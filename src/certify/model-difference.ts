import type { RidgeModel } from '#models/ridge-model'
import type { Matrix } from '#core/matrix'
import { frobeniusNorm, matrix } from '#core/matrix'

type Affine = Pick<RidgeModel, 'weight' | 'bias'>

/** [W b], k × (p + 1): an affine model as one matrix. */
export function augmented({ weight, bias }: Affine): Matrix {
  const { rows, cols, data } = weight
  const result = matrix(rows, cols + 1)
  for (let i = 0; i < rows; i++) {
    result.data.set(data.subarray(i * cols, (i + 1) * cols), i * (cols + 1))
    result.data[i * (cols + 1) + cols] = bias[i]
  }
  return result
}

/** ‖[W_S b_S] − [W b]‖_F / ‖[W b]‖_F; the numerator alone where W and b are zero. */
export function modelError(found: Affine, wanted: Affine): number {
  const scale = frobeniusNorm(augmented(wanted))
  const difference = frobeniusNorm(augmented(modelDifference(found, wanted)))
  return scale === 0 ? difference : difference / scale
}

export function modelDifference(a: Affine, b: Affine): Affine {
  return {
    weight: matrix(
      a.weight.rows,
      a.weight.cols,
      a.weight.data.map((value, i) => value - b.weight.data[i]),
    ),
    bias: a.bias.map((value, i) => value - b.bias[i]),
  }
}

/** Norm of a vector of any length. */
export function euclideanNorm(x: Float64Array): number {
  return frobeniusNorm(matrix(1, x.length, x))
}

/** The largest of numbers ≥ 0; 0 for none. */
export function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}

/** Euclidean norm of each row. */
export function rowNorms({ rows, cols, data }: Matrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => {
    let sum = 0
    for (let j = i * cols; j < (i + 1) * cols; j++) sum += data[j] * data[j]
    return Math.sqrt(sum)
  })
}

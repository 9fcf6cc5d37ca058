import { matrix, relativeError, type Matrix } from '#core/matrix'
import type { RidgeSet } from '#core/distilled-set'
import { jacobiSvd } from './jacobi.ts'

export interface PlainModel {
  readonly weight: Matrix
  readonly bias: Float64Array
  /** Of the (centred) inputs: largest over smallest singular value that counts. */
  readonly condition: number
}

/** Ridge regression from its definition, by the singular values of the (centred) inputs. */
export function plainRidge(inputs: Matrix, targets: Matrix, ridge: number, intercept: boolean): PlainModel {
  const x = intercept ? centred(inputs) : { matrix: inputs, means: new Float64Array(inputs.cols) }
  const y = intercept ? centred(targets) : { matrix: targets, means: new Float64Array(targets.cols) }
  const { u, values, v } = jacobiSvd(x.matrix)
  const size = values.length
  const scale = Math.hypot(...inputs.data)
  const floor =
    Math.max(inputs.rows, inputs.cols) * 2 ** -52 * Math.max(values[0] ?? 0, intercept ? scale : 0)
  const counted = values.filter((value) => value > floor)
  const weight = matrix(targets.cols, inputs.cols)
  for (let r = 0; r < counted.length; r++) {
    const factor = values[r] / (values[r] ** 2 + ridge)
    for (let c = 0; c < targets.cols; c++) {
      let seen = 0
      for (let i = 0; i < inputs.rows; i++) seen += u.data[i * size + r] * y.matrix.data[i * targets.cols + c]
      for (let j = 0; j < inputs.cols; j++) {
        weight.data[c * inputs.cols + j] += factor * seen * v.data[j * size + r]
      }
    }
  }
  const bias = y.means.map((mean, c) => {
    let value = mean
    for (let j = 0; j < inputs.cols; j++) value -= weight.data[c * inputs.cols + j] * x.means[j]
    return value
  })
  return { weight, bias, condition: counted.length === 0 ? 1 : counted[0] / counted[counted.length - 1] }
}

/** What training on a set gives, and how far that is from what the set promises. */
export function retrained(set: RidgeSet): PlainModel & { error: number } {
  const { ridge, intercept, weight, bias } = set.training
  const model = plainRidge(set.points, set.labels, ridge, intercept)
  return { ...model, error: relativeError(withBias(model), withBias({ weight, bias })) }
}

/** [W b], k × (p + 1). */
export function withBias({ weight, bias }: { weight: Matrix; bias: Float64Array }): Matrix {
  const result = matrix(weight.rows, weight.cols + 1)
  for (let i = 0; i < weight.rows; i++) {
    result.data.set(weight.data.subarray(i * weight.cols, (i + 1) * weight.cols), i * result.cols)
    result.data[(i + 1) * result.cols - 1] = bias[i]
  }
  return result
}

export function product(a: Matrix, b: Matrix): Matrix {
  const result = matrix(a.rows, b.cols)
  for (let i = 0; i < a.rows; i++) {
    for (let l = 0; l < a.cols; l++) {
      const factor = a.data[i * a.cols + l]
      for (let j = 0; j < b.cols; j++) result.data[i * b.cols + j] += factor * b.data[l * b.cols + j]
    }
  }
  return result
}

function centred(a: Matrix): { matrix: Matrix; means: Float64Array } {
  const means = new Float64Array(a.cols)
  for (let at = 0; at < a.data.length; at++) means[at % a.cols] += a.data[at] / a.rows
  return {
    matrix: matrix(
      a.rows,
      a.cols,
      a.data.map((value, at) => value - means[at % a.cols]),
    ),
    means,
  }
}

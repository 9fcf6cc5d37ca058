import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { FirstLayer } from '#models/two-layer/first-layer'
import { features } from '#models/two-layer/first-layer'
import { column } from '#models/two-layer/linear-part'
import type { OnData } from '#models/two-layer/reference-models'
import type { FeatureMoments } from '#models/two-layer/feature-moments'
import { featureMoments } from '#models/two-layer/feature-moments'
import { labelResponse, plusDiagonal } from '#models/two-layer/second-layer'

/**
 * What labels y on the public points cost students that are trained from them: PM(y) = yᵀ H y − 2 hᵀ y + const, the mean
 * squared residual on the data, summed over students. With a = A y for student j: H = Σ Aᵀ C A, h = Σ Aᵀ c.
 */
export interface LabelCost {
  readonly students: number
  /** H, M2 × M2. */
  readonly quadratic: Matrix
  /** h, length M2. */
  readonly linear: Float64Array
}

export function noLabelCost(count: number): LabelCost {
  return { students: 0, quadratic: matrix(count, count), linear: new Float64Array(count) }
}

/** A student that labels are made for: its first layer, and its moments on the data. */
export interface LabelStudent {
  readonly layer: FirstLayer
  readonly moments: FeatureMoments
}

/** Students by their first layers, from one pass over the data. */
export async function measureStudents(
  layers: readonly FirstLayer[],
  { passes, linear, blas, watch, products, room }: OnData,
): Promise<LabelStudent[]> {
  const moments = await featureMoments(layers, passes, linear, blas, { ...watch, products, room })
  return layers.map((layer, j) => ({ layer, moments: moments[j] }))
}

/** Adds students to the cost of labels on public points (M2 × d). */
export async function addStudents(
  cost: LabelCost,
  students: readonly LabelStudent[],
  inputs: Matrix,
  ridge: number,
  blas: Blas,
): Promise<LabelCost> {
  const quadratic = matrix(cost.quadratic.rows, cost.quadratic.cols, cost.quadratic.data.slice())
  const linear = matrix(cost.linear.length, 1, cost.linear.slice())
  // Beside one another, since each is too small for many threads; added up in order.
  const lanes = blas.apart ?? blas
  const pushed = students.map(async ({ layer, moments }) => {
    const response = await labelResponse(await features(layer, inputs, lanes), ridge, lanes)
    return { response, moments, carried: await lanes.gemm(response, moments.gram) }
  })
  for (const { response, moments, carried } of await Promise.all(pushed)) {
    await blas.gemm(carried, response, { transposeB: true, c: quadratic, beta: 1 })
    await blas.gemm(response, column(moments.cross), { c: linear, beta: 1 })
  }
  return { students: cost.students + students.length, quadratic, linear: linear.data }
}

export interface SolvedLabels {
  readonly labels: Float64Array
  /** Mean over students of the squared residual on the data, at these labels. */
  readonly loss: number
}

/**
 * The labels of least cost, kept short by γ tr(H)/M2 |y|².
 * @param targetSquare mean square of the targets less their linear part
 */
export async function solveLabels(
  cost: LabelCost,
  shortness: number,
  targetSquare: number,
  blas: Blas,
): Promise<SolvedLabels> {
  const { students } = cost
  const size = cost.linear.length
  const quadratic = matrix(
    size,
    size,
    cost.quadratic.data.map((sum) => sum / students),
  )
  const linear = cost.linear.map((sum) => sum / students)
  let trace = 0
  for (let i = 0; i < size; i++) trace += quadratic.data[i * size + i]
  const system = plusDiagonal(quadratic, (shortness * trace) / size)
  const { data: labels } = await blas.solvePositive(system, column(linear))
  const pushed = await blas.gemm(quadratic, column(labels))
  let loss = targetSquare
  for (let i = 0; i < size; i++) loss += labels[i] * (pushed.data[i] - 2 * linear[i])
  return { labels, loss }
}

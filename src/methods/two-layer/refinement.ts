import type { Matrix } from '#core/matrix'
import { copyOf, frobeniusNorm, matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { overExamples } from '#models/two-layer/examples'
import type { FirstLayer } from '#models/two-layer/first-layer'
import type { FirstPoints } from '#models/two-layer/gate'
import { gates } from '#models/two-layer/gate'
import { centredTargets } from '#models/two-layer/linear-part'
import { createKeptProjections } from '#models/two-layer/kept-projections'
import { differentiateThin } from '#models/two-layer/thin-layer'
import type { OnData } from '#models/two-layer/reference-models'
import { createRoom } from '#models/two-layer/room'
import type { ProductPrecision } from '#models/two-layer/feature-moments'
import { featureMoments } from '#models/two-layer/feature-moments'
import { solveSecondLayer } from '#models/two-layer/second-layer'
import type { Direction } from './exact-direction.ts'
import { scaleRows } from './exact-direction.ts'

/** A student whose first layer was trained on the points: rows ±η v(w) of its P neurons. */
export interface RefiningStudent {
  /** P × d, at their start. */
  readonly neurons: Matrix
  readonly layer: FirstLayer
}

/**
 * Performance matching through both training steps: M1/η times −d/dx̃ of half the summed squared residuals on the data
 * of a student whose second layer is the ridge solution on the data. Start and biases are held fixed, gates are constant,
 * and a minimiser of the ridge objective need not be differentiated. It sees every Hermite component of the target, not
 * only degree two.
 * @returns the direction, M1 × d, and (1/n) Σ residual²
 */
export async function refinementDirection(
  first: FirstPoints,
  { neurons, layer }: RefiningStudent,
  ridge: number,
  data: OnData,
): Promise<Direction> {
  const { passes, linear, blas, watch = {}, products, room = createRoom() } = data
  const along = await createKeptProjections(layer, passes, blas, room)
  const [moments] = await featureMoments([layer], passes, linear, blas, { ...watch, products, room, along })
  const second = await solveSecondLayer(moments, ridge, blas)
  const { points } = first
  const pattern = layer.thin?.pattern ?? (await gates(neurons, first, blas))
  const sum = matrix(points.rows, points.cols)
  let [squares, index] = [0, 0]
  const count = await overExamples(passes, watch, async (block) => {
    const residuals = await centredTargets(block, linear, blas)
    const open = await along.of(index++, block.inputs)
    const slopes = await carriedBack(layer, open, second, residuals, { pattern, blas, products })
    for (const residual of residuals) squares += residual * residual
    scaleRows(slopes, residuals)
    if (!along.all) await blas.gemm(slopes, block.inputs, { transposeA: true, c: sum, beta: 1 })
  })
  // Slopes of thin layers are where the projections were.
  if (along.all && passes.held) {
    await blas.gemm(along.all, passes.held.inputs, { transposeA: true, c: sum })
  }
  return { direction: sum, loss: squares / count }
}

/** x̃ + step |x̃| D/|D| */
export function refined(points: Matrix, { direction }: Direction, step: number): Matrix {
  const length = frobeniusNorm(direction)
  const result = copyOf(points)
  if (length === 0) return result
  const scale = (step * frobeniusNorm(points)) / length
  for (let at = 0; at < result.data.length; at++) result.data[at] += scale * direction.data[at]
  return result
}

/** Takes f from the residuals, and gives its slopes by the projections times the pattern: n × M1; `open` is overwritten. */
async function carriedBack(
  { thin, biases }: FirstLayer,
  open: Matrix,
  second: Float64Array,
  residuals: Float64Array,
  { pattern, blas, products }: { pattern: Matrix; blas: Blas; products?: ProductPrecision },
): Promise<Matrix> {
  if (thin) {
    await differentiateThin(thin, open, { biases, second, residuals }, products)
    return open
  }
  subtractOutput(open, biases, second, residuals)
  return blas.gemm(open, pattern)
}

/**
 * Takes f from the residuals, row by row, and leaves in `z` the slope of f by the projection of every pair:
 * a_l 1[z + b_l > 0] − a_{l+P} 1[b_{l+P} − z > 0].
 * @param z projections on the P rows of a mirrored layer; overwritten
 */
function subtractOutput(
  z: Matrix,
  biases: Float64Array,
  second: Float64Array,
  residuals: Float64Array,
): void {
  const { rows, cols: p, data } = z
  for (let i = 0, at = 0; i < rows; i++) {
    let output = 0
    for (let l = 0; l < p; l++, at++) {
      const plus = data[at] + biases[l]
      const minus = biases[p + l] - data[at]
      const up = Number(plus > 0) * second[l]
      const down = Number(minus > 0) * second[p + l]
      output += up * plus + down * minus
      data[at] = up - down
    }
    residuals[i] -= output
  }
}

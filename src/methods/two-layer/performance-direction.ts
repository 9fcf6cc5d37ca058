import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { overExamples } from '#models/two-layer/examples'
import type { FirstPoints } from '#models/two-layer/gate'
import { gates } from '#models/two-layer/gate'
import { centredTargets } from '#models/two-layer/linear-part'
import { createRoom } from '#models/two-layer/room'
import type { Matching } from './exact-direction.ts'
import { scaleRows } from './exact-direction.ts'

/**
 * Performance matching: descends the loss on the data of networks that took one step of size η on the points,
 * f₁(x) = (1/P) Σ [σ((w + v)·x) − σ((w − v)·x)], v = 2η v(w), averaged over initialisations. The step has no weight decay:
 * with a reset to ±v the pairs σ(v·x) − σ(−v·x) = v·x are linear and see nothing of degree two or more.
 * For η → 0 the direction is that of inner-product matching.
 * @param initialisations J matrices of P neurons
 */
export function performanceMatching(initialisations: readonly Matrix[], innerStep: number): Matching {
  return async (first, data) => {
    const { blas, linear } = data
    const { points, labels } = first
    const students = await Promise.all(
      initialisations.map(async (neurons) => {
        const coefficients = await gates(neurons, first, blas)
        for (let at = 0; at < coefficients.data.length; at++) {
          coefficients.data[at] *= (2 * innerStep) / points.rows
        }
        return { neurons, coefficients, pattern: await plainGates(neurons, first, data) }
      }),
    )
    const sum = matrix(points.rows, points.cols)
    let squares = 0
    const room = createRoom()
    const count = await overExamples(data.passes, data.watch ?? {}, async (block) => {
      const targets = await centredTargets(block, linear, blas)
      const onPoints = await blas.gemm(block.inputs, points, { transposeB: true })
      for (const { neurons, coefficients, pattern } of students) {
        const start = await blas.gemm(block.inputs, neurons, {
          transposeB: true,
          c: room.take('start', block.inputs.rows, neurons.rows),
        })
        const moved = await blas.gemm(onPoints, coefficients, {
          transposeB: true,
          c: room.take('moved', block.inputs.rows, neurons.rows),
        })
        const residuals = stepResiduals(start, moved, targets)
        for (const residual of residuals) squares += residual * residual
        const slopes = await blas.gemm(moved, pattern)
        scaleRows(slopes, residuals)
        await blas.gemm(slopes, block.inputs, { transposeA: true, c: sum, beta: 1 })
      }
    })
    // −2η/M1 of v(x̃) and 2/(nP) of the loss, averaged over J.
    const neurons = initialisations[0].rows
    const scale = (-2 * innerStep * 2) / (points.rows * count * neurons * initialisations.length)
    for (let m = 0, at = 0; m < sum.rows; m++) {
      for (let j = 0; j < sum.cols; j++) sum.data[at++] *= scale * labels[m]
    }
    return { direction: sum, loss: squares / (count * initialisations.length) }
  }
}

/** gate(w · x̃) without the labels: P × M1. */
function plainGates(
  neurons: Matrix,
  first: FirstPoints,
  { blas }: Pick<Parameters<Matching>[1], 'blas'>,
): Promise<Matrix> {
  return gates(neurons, { ...first, labels: new Float64Array(first.points.rows).fill(1) }, blas)
}

/**
 * f₁(x) − y for every row; leaves in `moved` the number of open gates among w ± v.
 * @param start w·x, rows × P
 * @param moved v·x, rows × P; overwritten
 */
function stepResiduals(start: Matrix, moved: Matrix, targets: Float64Array): Float64Array {
  const { rows, cols } = start
  const residuals = new Float64Array(rows)
  for (let i = 0, at = 0; i < rows; i++) {
    let output = 0
    for (const end = at + cols; at < end; at++) {
      const plus = start.data[at] + moved.data[at]
      const minus = start.data[at] - moved.data[at]
      output += 0.5 * (plus + Math.abs(plus) - minus - Math.abs(minus))
      moved.data[at] = Number(plus > 0) + Number(minus > 0)
    }
    residuals[i] = output / cols - targets[i]
  }
  return residuals
}

import { frobeniusNorm, rowsOf } from '#core/matrix'
import type { Matrix } from '#core/matrix'
import { layerFromPoints } from '#models/two-layer/first-layer'
import { overExamples } from '#models/two-layer/examples'
import type { FirstPoints } from '#models/two-layer/gate'
import { meanRowNorm, scaled } from '#models/two-layer/gate'
import { drawBiases, drawNeurons } from '#models/two-layer/initialisation'
import type { LinearFit } from '#models/two-layer/linear-part'
import type { OnData } from '#models/two-layer/reference-models'
import { pivotedBasis } from '#models/two-layer/subspace'
import type { Direction, Matching } from './exact-direction.ts'
import { exactDirection } from './exact-direction.ts'
import { neuronMatching } from './neuron-directions.ts'
import { performanceMatching } from './performance-direction.ts'
import { refined, refinementDirection } from './refinement.ts'
import type { FoundSubspace, TwoLayerPlan } from './run.ts'

/** Step size of squared matching, which moves points instead of replacing them. */
const squaredStep = 4

export interface Moved extends Direction {
  readonly points: Matrix
}

/**
 * One distillation step: x̃ ← step · D (weight decay 1/step drops the start), then one common factor for all rows, so
 * that their mean length is √d. Squared matching adds 4 D instead, and takes the factor after its last step.
 */
export async function distilPoints(
  plan: TwoLayerPlan,
  first: FirstPoints,
  t: number,
  data: OnData,
): Promise<Moved> {
  const moved = await matchingOf(plan, t)(first, data)
  if (plan.options.matching !== 'squared') {
    return { ...moved, points: ofMeanLength(moved.direction, Math.sqrt(plan.inputSize)) }
  }
  const points = scaled(moved.direction, squaredStep)
  for (let at = 0; at < points.data.length; at++) points.data[at] += first.points.data[at]
  const last = t + 1 === plan.steps
  return { ...moved, points: last ? ofMeanLength(points, Math.sqrt(plan.inputSize)) : points }
}

function matchingOf(plan: TwoLayerPlan, t: number): Matching {
  const { matching, initialisations, neurons, innerStep } = plan.options
  if (matching === 'exact') return exactDirection
  const drawn = drawNeurons(initialisations * neurons, plan.inputSize, plan.random('matching-neurons', t))
  if (matching !== 'performance') return neuronMatching(matching, drawn)
  const each = Array.from({ length: initialisations }, (_, j) =>
    rowsOf(drawn, j * neurons, (j + 1) * neurons),
  )
  return performanceMatching(each, innerStep)
}

/** Rows times one factor, so that their mean length is `length`; zero rows stay. */
function ofMeanLength(rows: Matrix, length: number): Matrix {
  const mean = meanRowNorm(rows)
  return mean > 0 ? scaled(rows, length / mean) : rows
}

/**
 * Curvature |Ĥ| that a step found, over that of Ĥ for targets without any: D ≈ Ĥ x̃/(2π|x̃|√d), and noise alone gives
 * |Ĥ| ≈ 2 √(d E[y²]/n).
 */
export function signalOf({ direction }: Direction, { count, residualSquare }: LinearFit): number {
  const d = direction.cols
  const found = 2 * Math.PI * Math.sqrt(d) * meanRowNorm(direction)
  return found / (2 * Math.sqrt((d * residualSquare) / count))
}

/** One refinement step k with a fresh student. */
export async function refinePoints(
  plan: TwoLayerPlan,
  first: FirstPoints,
  step: number,
  k: number,
  data: OnData,
): Promise<Moved> {
  const { options, random, inputSize, refinement } = plan
  const width = options.refinementWidth
  const neurons = drawNeurons(width / 2, inputSize, random('refinement-neurons', k))
  const biases = drawBiases(width, random('refinement-biases', k))
  const layer = await layerFromPoints(neurons, first, step, biases, data.blas)
  const found = await refinementDirection(first, { neurons, layer }, options.ridge, data)
  const points = refined(first.points, found, options.refinementStep * (1 - k / refinement))
  const clears = k + 1 === refinement || k + 1 === Math.ceil(refinement / 2)
  return { ...found, points: options.dropStrays && clears ? await withoutStrays(plan, points) : points }
}

/**
 * The points in their leading directions. What refinement adds beside them is mostly noise of the data and of its
 * students: taken out half-way, the later steps turn the plane further towards the subspace.
 */
async function withoutStrays({ options, task: { blas } }: TwoLayerPlan, points: Matrix): Promise<Matrix> {
  const { values, vt } = await blas.svd(points)
  const leading = rowsOf(vt, 0, leadingCount(values, options.rankTolerance))
  return blas.gemm(await blas.gemm(points, leading, { transposeB: true }), leading)
}

/** r̂: singular values of at least `tolerance` times the first. */
function leadingCount(values: Float64Array, tolerance: number): number {
  return values.findLastIndex((value) => value > 0 && value >= tolerance * values[0]) + 1
}

/** The subspace that the points span: as many dimensions as their singular values show, by pivoted Gram–Schmidt. */
export async function findSubspace(plan: TwoLayerPlan, points: Matrix, data: OnData): Promise<FoundSubspace> {
  const { options, task, steps, refinement } = plan
  const { values } = await task.blas.svd(points)
  const { basis, pivots } = pivotedBasis(points, leadingCount(values, options.rankTolerance))
  const settled = task.reuse !== undefined || steps >= 2 || refinement > 0
  const mode = options.publicPoints === 'auto' ? (settled ? 'span' : 'full') : options.publicPoints
  const found = { basis, pivots, spectrum: values }
  if (mode === 'full' || frobeniusNorm(points) === 0) return { ...found, mode: 'full', spread: 1 }
  // A task whose truth is known has standard normal inputs, which need no pass.
  const sizeOf = async () => (task.subspace ? 1 : (await sizeAlong(basis, data)) || 1)
  return { ...found, mode, spread: options.spread ?? publicSpread * (await sizeOf()) }
}

/** Public points reach a little beyond the inputs, where labels would else be extrapolated. */
const publicSpread = 1.3

/** Root mean square of the inputs along orthonormal rows, over rows and examples. */
async function sizeAlong(basis: Matrix, { passes, blas, watch }: OnData): Promise<number> {
  let squares = 0
  const count = await overExamples(passes, watch ?? {}, async ({ inputs }) => {
    const along = await blas.gemm(inputs, basis, { transposeB: true })
    for (const value of along.data) squares += value * value
  })
  return Math.sqrt(squares / (count * basis.rows))
}

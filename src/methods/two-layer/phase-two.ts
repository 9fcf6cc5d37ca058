import type { Matrix } from '#core/matrix'
import type { TwoLayerTraining } from '#core/two-layer-training'
import type { FirstLayer } from '#models/two-layer/first-layer'
import { layerFromPoints } from '#models/two-layer/first-layer'
import type { FirstPoints } from '#models/two-layer/gate'
import { drawBiases, drawNeurons } from '#models/two-layer/initialisation'
import { publicPoints } from '#models/two-layer/public-points'
import type { OnData } from '#models/two-layer/reference-models'
import { featureMoments } from '#models/two-layer/feature-moments'
import { solveSecondLayer } from '#models/two-layer/second-layer'
import { studentLayer } from '#models/two-layer/student'
import type { LabelCost, SolvedLabels } from './labels.ts'
import { addStudents, measureStudents, solveLabels } from './labels.ts'
import type { FoundSubspace, TwoLayerPlan } from './run.ts'

/** Bytes of moments that one pass may hold. */
const passBytes = 2 ** 27
/** Labels for one initialisation are hardly kept short. */
const sharedShortness = 1e-6

/** Students that one pass serves: as many as fit. */
export function studentsPerPass({ options }: TwoLayerPlan): number {
  return Math.max(1, Math.floor(passBytes / (8 * options.width * options.width)))
}

/** J2; one where the labels belong to one initialisation. */
export function studentCount({ options }: TwoLayerPlan): number {
  return options.labelMode === 'any' ? options.students : 1
}

/** Public points as the set will describe them. */
export function secondPoints(plan: TwoLayerPlan, found: FoundSubspace): TwoLayerTraining['secondPoints'] {
  const { options, task, labels } = plan
  const { mode, pivots, spread } = found
  return {
    seed: task.seed,
    count: options.labelMode === 'feature-point' ? 0 : labels,
    spread,
    mode,
    pivots,
  }
}

/** Adds the next students to the cost of labels, in one pass. */
export async function addNextStudents(
  plan: TwoLayerPlan,
  found: FoundSubspace,
  points: FirstPoints,
  step: number,
  cost: LabelCost,
  data: OnData,
): Promise<LabelCost> {
  const inputs = await publicPoints(secondPoints(plan, found), points.points, data.blas)
  const last = Math.min(studentCount(plan), cost.students + studentsPerPass(plan))
  const layers: FirstLayer[] = []
  for (let j = cost.students; j < last; j++) layers.push(await distilledStudent(plan, points, step, j, data))
  const students = await measureStudents(layers, data)
  return addStudents(cost, students, inputs, plan.options.ridge, data.blas)
}

/** Student j of the distiller; the one shared student is the one that its seed gives to everyone. */
export function distilledStudent(
  plan: TwoLayerPlan,
  first: FirstPoints,
  step: number,
  j: number,
  { blas }: OnData,
): Promise<FirstLayer> {
  const { options, random, inputSize, task } = plan
  const { width } = options
  if (options.labelMode !== 'any') return studentLayer(first, step, { width, seed: task.seed }, blas)
  const neurons: Matrix = drawNeurons(width / 2, inputSize, random('label-neurons', j))
  return layerFromPoints(neurons, first, step, drawBiases(width, random('label-biases', j)), blas)
}

export function settleLabels(
  { options, task }: TwoLayerPlan,
  cost: LabelCost,
  residualSquare: number,
): Promise<SolvedLabels> {
  const shortness = options.labelMode === 'any' ? options.shortness : sharedShortness
  return solveLabels(cost, shortness, residualSquare, task.blas)
}

/** The second layer of the shared student itself, as one point in its feature space. */
export async function featurePoint(
  plan: TwoLayerPlan,
  first: FirstPoints,
  step: number,
  residualSquare: number,
  data: OnData,
): Promise<SolvedLabels> {
  const layer = await distilledStudent(plan, first, step, 0, data)
  const { passes, linear, blas, watch } = data
  // In float64, since the point gives this very layer back.
  const [moments] = await featureMoments([layer], passes, linear, blas, watch)
  const labels = await solveSecondLayer(moments, plan.options.ridge, data.blas)
  const fitted = await data.blas.gemm(moments.gram, { rows: labels.length, cols: 1, data: labels })
  let loss = residualSquare
  for (let l = 0; l < labels.length; l++) loss += labels[l] * (fitted.data[l] - 2 * moments.cross[l])
  return { labels, loss }
}

import { matrix, type Matrix } from '#core/matrix'
import type { Precondition } from '#core/precondition'
import type { RidgeModel } from '#models/ridge-model'
import { classCycle } from '../closed-form/labels.ts'
import { largestRidge } from '../closed-form/roots.ts'
import { scaleRows } from '../closed-form/slices.ts'
import { spectrumOf, truncated, type Spectrum } from '../closed-form/spectrum.ts'
import type { LabelEncoding, RidgeOptions } from '../ridge-options.ts'
import type { RidgeTask } from '../ridge-task.ts'
import { carries, classLabelsFor, type Carried, type ClassLabels } from './class-labels.ts'
import { minimumPointsFor } from './minimum-points.ts'
import { dataMean, promisedModel } from './promised-model.ts'
import { ridgePreconditions } from './preconditions.ts'
import { normalResidual } from './d-set.ts'
import { refuseOptions } from './refusals.ts'

/** All that is settled before any point is computed. */
export interface RidgePlan {
  readonly task: RidgeTask
  readonly options: RidgeOptions
  /** What the set must give back: the task's model less rounding of its fit, on centred labels where asked for. */
  readonly model: RidgeModel
  /** Of the whole W; `carried` may have less rank. */
  readonly spectrum: Spectrum
  /** W as the points will carry it: of rank at most m, less rounding of the fit. */
  readonly carried: Carried
  readonly points: number
  readonly encoding: LabelEncoding
  /** λ_S. */
  readonly ridge: number
  /** Class labels that the points are made for, where there are any. */
  readonly classLabels?: ClassLabels
  /** Labels are solved for once the points stand; else they are the class labels times `labelScale`. */
  readonly solveLabels: boolean
  /** Factor on the (centred) class labels: 1 unless a λ_S above the bound is to be reached by scaling. */
  readonly labelScale: number
  /** The largest λ_S for these labels; infinite for soft labels. */
  readonly largestRidge: number
  readonly preconditions: readonly Precondition[]
}

/**
 * Settles options against a task. Costs singular value decompositions with one side k; reads no data.
 * @throws RetortError `usage/…` for options that contradict one another or the target
 */
export async function planRidge(task: RidgeTask, options: RidgeOptions): Promise<RidgePlan> {
  refuseOptions(task, options)
  const { blas } = task
  const model = promisedModel(task, options.labelEncoding === 'centred')
  const finite = isFiniteModel(model)
  const whole = finite ? model.weight : matrix(model.weight.rows, model.weight.cols)
  const spectrum = await spectrumOf(blas, whole)
  const points = pointCount(task, options, spectrum.rank)
  const ridge = options.ridgeDistilled ?? 0
  const room = points - (model.intercept ? 1 : 0)
  const carried: Carried = {
    ...(await bestOfRank(task, spectrum, whole, room)),
    bias: model.bias,
    intercept: model.intercept,
    dataMean: dataMean(task.statistics),
  }

  const wanted = wantsClassLabels(task, options)
    ? await cycleLabels(task, options, carried, points)
    : undefined
  const usable = wanted !== undefined && wanted.sound && carries(wanted) && room >= spectrum.rank
  const fixed = usable || (wanted !== undefined && options.labelEncoding !== undefined)
  const bound = wanted && fixed ? largestRidge(wanted.norm) : Infinity
  const above = ridge > bound
  const solveLabels = !fixed || (above && options.onBound === 'soft')
  const classLabels = usable || !solveLabels ? wanted : undefined
  const encoding = solveLabels ? 'soft' : (options.labelEncoding ?? 'one-hot')
  const labelScale = !solveLabels && above && options.onBound === 'scale' ? Math.sqrt(ridge / bound) : 1
  const settled = {
    task,
    options,
    model,
    spectrum,
    carried,
    points,
    encoding,
    ridge,
    classLabels,
    solveLabels,
    labelScale,
    largestRidge: solveLabels ? Infinity : bound * labelScale ** 2,
  }
  const minimum = minimumPointsFor(spectrum.rank, model.weight.rows, encoding, model.intercept)
  const residual = options.variant === 'd-set' && finite ? await normalResidual(task) : undefined
  return { ...settled, preconditions: ridgePreconditions(settled, { minimum, finite, residual }) }
}

function pointCount(
  { target, model }: RidgeTask,
  { points, ipc, variant }: RidgeOptions,
  rank: number,
): number {
  if (points !== undefined) return points
  if (target.kind === 'class' && variant !== 'd-set') return (ipc ?? 1) * target.names.length
  return Math.max(1, rank + (model.intercept ? 1 : 0))
}

function wantsClassLabels({ target }: RidgeTask, { labelEncoding, variant }: RidgeOptions): boolean {
  if (target.kind !== 'class' || labelEncoding === 'soft' || variant === 'd-set') return false
  return labelEncoding !== undefined || variant === 'noise' || variant === 'paper-noise'
}

function cycleLabels(
  { blas, model }: RidgeTask,
  { labelEncoding }: RidgeOptions,
  carried: Carried,
  points: number,
): Promise<ClassLabels> {
  const classes = classCycle(points, model.weight.rows)
  return classLabelsFor(blas, carried, classes, labelEncoding === 'centred')
}

async function bestOfRank(task: RidgeTask, whole: Spectrum, weight: Matrix, room: number) {
  if (room >= whole.rank) return { spectrum: whole, weight }
  const spectrum = await truncated(whole, room)
  return { spectrum, weight: await task.blas.gemm(spectrum.u, await scaleRows(spectrum.vt, spectrum.values)) }
}

function isFiniteModel({ weight, bias }: RidgeModel): boolean {
  return weight.data.every(Number.isFinite) && bias.every(Number.isFinite)
}

import type { PredictionGuarantee } from '#core/certificate'
import type { Batch, Preprocessing, Target } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import { rowsOf } from '#core/matrix'
import type { Watch } from '#core/progress'
import { turn } from '#core/turn'
import { embedBlocks } from '#features/embed'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import { predict } from '#models/prediction'
import type { RidgeModel } from '#models/ridge-model'
import { largest, modelDifference, rowNorms } from './model-difference.ts'

/** Raw inputs whose predictions are examined; targets are not looked at. */
export interface GuaranteeInputs {
  readonly split: PredictionGuarantee['split']
  readonly batches: AsyncIterable<Batch> | Iterable<Batch>
  /** Number of inputs where known, for progress. */
  readonly total?: number
}

/** How far two affine models can differ, without looking at any input. */
export interface DifferenceBounds {
  /** ‖(e_i − e_j)ᵀ(W_S − W)‖ for class pairs, k × k; for real targets ‖e_jᵀ(W_S − W)‖, 1 × k. */
  readonly slope: Float64Array
  /** |(e_i − e_j)ᵀ(b_S − b)|, or |e_jᵀ(b_S − b)|; likewise. */
  readonly offset: Float64Array
}

export function differenceBounds(
  target: Target,
  distilled: RidgeModel,
  original: RidgeModel,
): DifferenceBounds {
  const { weight, bias } = modelDifference(distilled, original)
  if (target.kind === 'real') return { slope: rowNorms(weight), offset: bias.map(Math.abs) }
  const { rows: k, cols: p, data } = weight
  const slope = new Float64Array(k * k)
  const offset = new Float64Array(k * k)
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0
      for (let c = 0; c < p; c++) sum += (data[i * p + c] - data[j * p + c]) ** 2
      slope[i * k + j] = slope[j * k + i] = Math.sqrt(sum)
      offset[i * k + j] = offset[j * k + i] = Math.abs(bias[i] - bias[j])
    }
  }
  return { slope, offset }
}

/**
 * For how many inputs x (or features of inputs) the class that the original model predicts is provably the one that the distilled model
 * predicts: f_i(x) − f_j(x) > ‖(e_i − e_j)ᵀ(W_S − W)‖ ‖x‖ + |(e_i − e_j)ᵀ(b_S − b)| + ρ for all j ≠ i, by
 * Cauchy–Schwarz. ρ bounds the rounding of evaluating either model in float64 in any order of summation (Higham,
 * "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1), so the statement is about computed predictions.
 * Real targets: the largest of ‖e_jᵀ(W_S − W)‖ ‖x‖ + |e_jᵀ(b_S − b)| + ρ.
 */
export async function guaranteePredictions(
  inputs: GuaranteeInputs,
  models: {
    original: RidgeModel
    distilled: RidgeModel
    target: Target
    preprocessing: Preprocessing
    map?: FeatureMap
  },
  blas: Blas,
  watch: Watch = {},
): Promise<PredictionGuarantee> {
  const { original, distilled, target, preprocessing, map } = models
  const bounds = differenceBounds(target, distilled, original)
  const rounding = evaluationRounding(original, distilled)
  let count = 0
  let certified = 0
  let largestChange = 0
  const embedding = { preprocessing, features: map }
  for await (const block of embedBlocks(
    inputs.batches,
    map?.inputSize ?? original.weight.cols,
    embedding,
    blas,
  )) {
    watch.signal?.throwIfAborted()
    const { features: x } = block
    const scores = await predict(original, x, blas.apart ?? blas)
    if (target.kind === 'class') certified += countCertified(scores, rowNorms(x), bounds, rounding)
    else largestChange = Math.max(largestChange, changeBound(rowNorms(x), bounds, rounding))
    count += block.count
    watch.report?.({ stage: 'guarantee', done: count, total: inputs.total, unit: 'inputs' })
    await turn()
  }
  const common = {
    split: inputs.split,
    inputs: count,
    largestDifference: largest(bounds.slope),
    largestBiasDifference: largest(bounds.offset),
  }
  return target.kind === 'class'
    ? { kind: 'class', ...common, certified }
    : { kind: 'real', ...common, largestChange }
}

/** Rounding of one score of either model: at most perNorm[i]·‖x‖ + constant[i]. */
interface EvaluationRounding {
  readonly perNorm: Float64Array
  readonly constant: Float64Array
  /** Relative allowance for the bounds themselves, which are computed too. */
  readonly slack: number
}

function evaluationRounding(original: RidgeModel, distilled: RidgeModel): EvaluationRounding {
  const unit = Number.EPSILON / 2
  const terms = original.weight.cols + 3
  const gamma = (terms * unit) / (1 - terms * unit)
  const a = rowNorms(original.weight)
  const b = rowNorms(distilled.weight)
  return {
    perNorm: a.map((norm, i) => gamma * (norm + b[i])),
    constant: original.bias.map((value, i) => gamma * (Math.abs(value) + Math.abs(distilled.bias[i]))),
    slack: 1 + 4 * gamma,
  }
}

function countCertified(
  scores: Matrix,
  norms: Float64Array,
  { slope, offset }: DifferenceBounds,
  { perNorm, constant, slack }: EvaluationRounding,
): number {
  const k = scores.cols
  let certified = 0
  for (let row = 0; row < scores.rows; row++) {
    const f = rowsOf(scores, row, row + 1).data
    let i = 0
    for (let j = 1; j < k; j++) if (f[j] > f[i]) i = j
    const norm = norms[row]
    let holds = Number.isFinite(norm)
    for (let j = 0; holds && j < k; j++) {
      if (j === i) continue
      const moved = slope[i * k + j] * norm + offset[i * k + j]
      const rounded = (perNorm[i] + perNorm[j]) * norm + constant[i] + constant[j]
      holds = f[i] - f[j] > slack * (moved + rounded)
    }
    if (holds) certified++
  }
  return certified
}

function changeBound(
  norms: Float64Array,
  { slope, offset }: DifferenceBounds,
  { perNorm, constant, slack }: EvaluationRounding,
): number {
  const norm = largest(norms)
  return largest(slope.map((value, j) => slack * ((value + perNorm[j]) * norm + offset[j] + constant[j])))
}

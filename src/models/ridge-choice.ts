import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { rowsOf } from '#core/matrix'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'
import type { Statistics } from '#statistics/statistics'
import type { RidgeModel } from './ridge-model.ts'
import type { RidgeOptions, RidgePath } from './ridge.ts'
import { fitRidge, fitRidgePath } from './ridge.ts'

/** What λ is chosen on: preprocessed examples, or for real targets their statistics alone. */
export type HoldOutSet =
  | {
      /** n × p. */
      readonly inputs: Matrix
      /** Class of each example, or n × k real targets. */
      readonly targets: Int32Array | Float64Array
    }
  | { readonly statistics: Statistics }

export interface RidgeChoice {
  readonly ridge: number
  /** `accuracy`: the larger the better. `squared-error`: Σ ‖f(x) − y‖² / n, the smaller the better. */
  readonly criterion: 'accuracy' | 'squared-error'
  /** One for each candidate. */
  readonly scores: readonly number[]
}

/** Examples scored at a time. */
const rowsAtOnce = 1024

/**
 * The candidate with the best accuracy (classes) or squared error (real targets) on held-out examples; the first of
 * equals. All candidates are scored by one product per block of examples.
 * @throws RetortError `data/too-few-examples` when nothing is held out
 */
export async function chooseRidge(
  path: RidgePath,
  holdOut: HoldOutSet,
  candidates: readonly number[],
  blas: Blas,
): Promise<RidgeChoice> {
  const { weights, biases } = await path.stacked(candidates)
  const count = 'inputs' in holdOut ? holdOut.inputs.rows : holdOut.statistics.count
  if (count === 0) throw tooFew()
  const stack = { weights, biases, targetSize: path.targetSize, models: candidates.length, blas }
  if ('statistics' in holdOut) return smallest(candidates, await errorsFrom(holdOut.statistics, stack))
  const { inputs, targets } = holdOut
  const totals = await scoreExamples(inputs, targets, stack)
  const scores = Array.from(totals, (total) => total / count)
  if (targets instanceof Float64Array) return smallest(candidates, scores)
  const best = scores.reduce((first, score, i) => (score > scores[first] ? i : first), 0)
  return { ridge: candidates[best], criterion: 'accuracy', scores }
}

/**
 * The model for the λ that is best on held-out examples.
 * @param fit of the examples that are not held out: λ is chosen with these
 * @param statistics of the same examples, or of all: the model is fitted on these
 * @throws as `chooseRidge` and `fitRidge` do
 */
export async function fitChosen(
  fit: Statistics,
  statistics: Statistics,
  holdOut: HoldOutSet,
  candidates: readonly number[],
  options: RidgeOptions,
): Promise<RidgeModel> {
  const path = await fitRidgePath(fit, options)
  const { ridge } = await chooseRidge(path, holdOut, candidates, options.blas)
  // More examples make no eigenvalue smaller.
  return fitRidge(statistics, ridge, { ...options, least: path.eigenvalues[0] })
}

interface ModelStack {
  readonly weights: Matrix
  readonly biases: Float64Array
  readonly targetSize: number
  readonly models: number
  readonly blas: Blas
}

function smallest(candidates: readonly number[], scores: readonly number[]): RidgeChoice {
  const best = scores.reduce((first, score, i) => (score < scores[first] ? i : first), 0)
  return { ridge: candidates[best], criterion: 'squared-error', scores }
}

/** Right predictions, or squared errors, of each model. */
async function scoreExamples(
  inputs: Matrix,
  targets: Int32Array | Float64Array,
  { weights, biases, targetSize: k, models, blas }: ModelStack,
): Promise<Float64Array> {
  const totals = new Float64Array(models)
  for (let start = 0; start < inputs.rows; start += rowsAtOnce) {
    const block = rowsOf(inputs, start, Math.min(start + rowsAtOnce, inputs.rows))
    const scores = await blas.gemm(block, weights, { transposeB: true })
    for (let i = 0; i < block.rows; i++) {
      const row = i * models * k
      for (let m = 0; m < models; m++) {
        const at = row + m * k
        if (targets instanceof Int32Array) {
          let best = 0
          let largest = scores.data[at] + biases[m * k]
          for (let c = 1; c < k; c++) {
            const score = scores.data[at + c] + biases[m * k + c]
            if (score > largest) {
              largest = score
              best = c
            }
          }
          if (best === targets[start + i]) totals[m]++
        } else {
          for (let c = 0; c < k; c++) {
            totals[m] += (scores.data[at + c] + biases[m * k + c] - targets[(start + i) * k + c]) ** 2
          }
        }
      }
    }
    await turn()
  }
  return totals
}

/** Mean squared error of each model: tr(W S Wᵀ) − 2 tr(W Cᵀ) + tr(Σyyᵀ), and the terms of b. */
async function errorsFrom(statistics: Statistics, stack: ModelStack): Promise<number[]> {
  const { weights, biases, targetSize: k, models, blas } = stack
  const { count, inputSize: p, gram, cross, inputSum, targetSum, targetGram } = statistics
  const product = await blas.gemm(weights, gram)
  return Array.from({ length: models }, (_, m) => {
    let error = 0
    for (let c = 0; c < k; c++) {
      const row = (m * k + c) * p
      const b = biases[m * k + c]
      error += targetGram.data[c * k + c] + b * (count * b - 2 * targetSum[c])
      for (let j = 0; j < p; j++) {
        const w = weights.data[row + j]
        error += w * (product.data[row + j] - 2 * cross.data[c * p + j] + 2 * b * inputSum[j])
      }
    }
    return error / count
  })
}

function tooFew(): RetortError {
  return new RetortError({
    code: 'data/too-few-examples',
    message: 'No example is held out to choose λ on',
    hint: 'Give λ with --ridge 1, or hold out a larger share: --hold-out 0.2',
  })
}

import type { Batch } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { Score } from '#core/evaluation'
import type { Matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import { preprocess } from '#data/preprocessing'
import { blocksOf } from './examples.ts'
import { wilsonInterval } from './intervals.ts'
import type { ScoringTask } from './score.ts'
import type { VarianceExplained } from './variance-explained.ts'
import { addError, createVarianceExplained, finishVarianceExplained } from './variance-explained.ts'

/** One real number for each row of preprocessed inputs; of two classes it is positive for the second. */
export type Predictor = (inputs: Matrix) => Promise<Float64Array>

/** The error of a score: 1 − r², the mean squared error relative to the variance; of classes the share that is wrong. */
export function errorOf({ value }: Score): number {
  return 1 - value
}

/**
 * Scores any number of models of one output in one pass, in float64: r² for a real target, accuracy for two classes.
 * @returns one entry per model, in order
 * @throws RetortError `data/empty-split` when there is no example, `data/constant-target` when r² has no meaning
 */
export async function scorePredictors(
  predictors: readonly Predictor[],
  task: ScoringTask,
  watch: Watch = {},
): Promise<Score[]> {
  const correct = new Float64Array(predictors.length)
  let records: VarianceExplained[] | undefined
  let done = 0
  for await (const batch of task.batches) {
    for (const block of blocksOf(batch, task.inputSize, 1)) {
      watch.signal?.throwIfAborted()
      const { inputs, count } = block
      const rows = await preprocess(inputs, count, task.inputSize, task.preprocessing, task.blas)
      records ??= predictors.map(() => createVarianceExplained(originOf(block)))
      for (const [m, predict] of predictors.entries()) {
        const predictions = await predict(rows)
        if (task.target.kind === 'class') correct[m] += rightOnes(predictions, block)
        else addErrors(records[m], predictions, block)
      }
      done += count
      watch.report?.({ stage: 'score', done, total: task.total, unit: 'examples' })
    }
  }
  if (records === undefined) {
    throw new RetortError({
      code: 'data/empty-split',
      message: 'there is no example to score a model on',
      why: 'A quality needs examples that the model was not trained on.',
      hint: 'Give a test split with --test.',
    })
  }
  if (task.target.kind === 'real') {
    return records.map((record) => ({ metric: 'r2', n: record.count, ...finishVarianceExplained(record) }))
  }
  return Array.from(correct, (right) => ({
    metric: 'accuracy',
    value: right / done,
    n: done,
    interval: wilsonInterval(right / done, done),
  }))
}

/** NaN is never right. */
function rightOnes(predictions: Float64Array, { targets }: Batch): number {
  return predictions.reduce((sum, value, i) => sum + Number(targets[i] === 1 ? value > 0 : value <= 0), 0)
}

function addErrors(record: VarianceExplained, predictions: Float64Array, { targets }: Batch): void {
  predictions.forEach((value, i) => addError(record, targets, i, (targets[i] - value) ** 2))
}

function originOf({ targets, count }: Batch): Float64Array {
  let sum = 0
  for (const target of targets) sum += target
  return Float64Array.of(sum / count)
}

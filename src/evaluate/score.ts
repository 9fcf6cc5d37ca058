import type { Batch, Preprocessing, Target } from '#core/dataset'
import { targetSize } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { Score } from '#core/evaluation'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import { embedBlocks } from '#features/embed'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from '#models/ridge-model'
import { argmax } from './argmax.ts'
import { blocksOf } from './examples.ts'
import { wilsonInterval } from './intervals.ts'
import type { VarianceExplained } from './variance-explained.ts'
import { addError, createVarianceExplained, finishVarianceExplained } from './variance-explained.ts'

/** What models are scored on, and how raw inputs become theirs. */
export interface ScoringTask {
  /** Raw examples, e.g. `dataset.splits.test.batches({ size: 1000 })`. */
  readonly batches: AsyncIterable<Batch> | Iterable<Batch>
  /** Values of one raw example. */
  readonly inputSize: number
  readonly target: Target
  readonly preprocessing: Preprocessing
  /** Where the models are on features of the preprocessed inputs. */
  readonly features?: FeatureMap
  readonly blas: Blas
  /** Number of examples where known, for progress. */
  readonly total?: number
}

export interface ModelScore {
  readonly score: Score
  /** Class targets: share of examples on which the prediction is that of the first model. */
  readonly agreement?: number
  /** Class targets: accuracy on the examples of each class, null for a class without any; length k. */
  readonly classes?: readonly (Score | null)[]
}

/**
 * Scores any number of models in one pass and one product per block, in float64.
 * Class targets: accuracy of the hard prediction argmax (the lowest class on a tie; NaN is never correct). Real
 * targets: r² over all columns, see `VarianceExplained`.
 * @returns one entry per model, in order
 * @throws RetortError `data/empty-split` when there is no example, `data/constant-target` when r² has no meaning
 */
export async function scoreModels(
  models: readonly RidgeModel[],
  task: ScoringTask,
  watch: Watch = {},
): Promise<ModelScore[]> {
  const stacked = stack(models, targetSize(task.target))
  const predict = async (inputs: Matrix): Promise<Matrix> => {
    const blas = task.blas.apart ?? task.blas
    const predictions = await blas.gemm(inputs, stacked.weight, { transposeB: true })
    addBias(predictions, stacked.bias)
    return predictions
  }
  return scorePredictions(predict, models.length, task, watch)
}

/**
 * Scores models of any kind, as `scoreModels` does.
 * @param predict of what the models see (n × p) the outputs of all models side by side, n × (models · k)
 */
export async function scorePredictions(
  predict: (inputs: Matrix) => Promise<Matrix>,
  models: number,
  task: ScoringTask,
  watch: Watch = {},
): Promise<ModelScore[]> {
  const outputs = targetSize(task.target)
  let tally: Tally | undefined
  let done = 0
  const blocks = cut(task.batches, task.inputSize, outputs)
  for await (const block of embedBlocks(blocks, task.inputSize, task, task.blas)) {
    watch.signal?.throwIfAborted()
    const predictions = await predict(block.features)
    tally ??= task.target.kind === 'class' ? classTally(models, outputs) : errorTally(models, outputs, block)
    tally.add(predictions, block)
    done += block.count
    watch.report?.({ stage: 'score', done, total: task.total, unit: 'examples' })
  }
  if (tally === undefined) {
    throw new RetortError({
      code: 'data/empty-split',
      message: 'there is no example to score a model on',
      why: 'A quality needs examples that the model was not trained on.',
      hint: 'Give a test split with --test.',
    })
  }
  return tally.finish()
}

async function* cut(batches: ScoringTask['batches'], size: number, columns: number): AsyncGenerator<Batch> {
  for await (const batch of batches) yield* blocksOf(batch, size, columns)
}

/** All weights one below the other, so that a block needs a single product. */
function stack(models: readonly RidgeModel[], outputs: number): { weight: Matrix; bias: Float64Array } {
  const width = models[0].weight.cols
  const weight = matrix(models.length * outputs, width)
  const bias = new Float64Array(models.length * outputs)
  models.forEach((model, i) => {
    if (model.weight.rows !== outputs || model.weight.cols !== width) {
      throw new RangeError(
        `model ${i} is ${model.weight.rows} × ${model.weight.cols}, expected ${outputs} × ${width}`,
      )
    }
    weight.data.set(model.weight.data, i * outputs * width)
    bias.set(model.bias, i * outputs)
  })
  return { weight, bias }
}

function addBias(predictions: Matrix, bias: Float64Array): void {
  const { data, cols } = predictions
  for (let i = 0; i < data.length; i += cols) {
    for (let j = 0; j < cols; j++) data[i + j] += bias[j]
  }
}

interface Tally {
  add(predictions: Matrix, block: Omit<Batch, 'inputs'>): void
  finish(): ModelScore[]
}

function classTally(models: number, classes: number): Tally {
  const seen = new Float64Array(classes)
  const correct = new Float64Array(models * classes)
  const agreed = new Float64Array(models)
  return {
    add(predictions, block) {
      for (let i = 0; i < block.count; i++) {
        const truth = block.targets[i]
        seen[truth] += 1
        let reference = -1
        for (let m = 0; m < models; m++) {
          const predicted = argmax(predictions.data, i * predictions.cols + m * classes, classes)
          if (m === 0) reference = predicted
          if (predicted === truth) correct[m * classes + truth] += 1
          if (predicted === reference) agreed[m] += 1
        }
      }
    },
    finish() {
      const n = seen.reduce((sum, count) => sum + count, 0)
      return Array.from({ length: models }, (_, m) => {
        const right = correct.subarray(m * classes, (m + 1) * classes)
        return {
          score: accuracy(
            right.reduce((sum, count) => sum + count, 0),
            n,
          ),
          agreement: agreed[m] / n,
          classes: Array.from(right, (count, c) => (seen[c] > 0 ? accuracy(count, seen[c]) : null)),
        }
      })
    },
  }
}

function accuracy(correct: number, n: number): Score {
  return { metric: 'accuracy', value: correct / n, n, interval: wilsonInterval(correct / n, n) }
}

function errorTally(models: number, columns: number, first: Pick<Batch, 'targets'>): Tally {
  const origin = columnMeans(first.targets, columns)
  const records: VarianceExplained[] = Array.from({ length: models }, () => createVarianceExplained(origin))
  return {
    add(predictions, block) {
      for (let i = 0; i < block.count; i++) {
        const at = i * columns
        records.forEach((record, m) => {
          const start = i * predictions.cols + m * columns
          let error = 0
          for (let c = 0; c < columns; c++) {
            error += (block.targets[at + c] - predictions.data[start + c]) ** 2
          }
          addError(record, block.targets, at, error)
        })
      }
    },
    finish: () =>
      records.map((record) => ({
        score: { metric: 'r2', n: record.count, ...finishVarianceExplained(record) },
      })),
  }
}

function columnMeans(targets: ArrayLike<number>, columns: number): Float64Array {
  const means = new Float64Array(columns)
  for (let i = 0; i < targets.length; i++) means[i % columns] += targets[i]
  return means.map((sum) => (sum * columns) / targets.length)
}

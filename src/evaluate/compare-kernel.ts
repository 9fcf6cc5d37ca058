import { targetSize } from '#core/dataset'
import type { Comparison, ComparisonRow, Score } from '#core/evaluation'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import { preprocess } from '#data/preprocessing'
import type { KernelModel } from '#models/kernel-ridge'
import { predictKernelRidge } from '#models/kernel-ridge'
import { predict } from '#models/prediction'
import type { RidgeModel } from '#models/ridge-model'
import { baselines as allBaselines } from './baselines/index.ts'
import type { CompareTask } from './compare.ts'
import { baselineRow } from './compare.ts'
import { labelMatrix, takeExamples } from './examples.ts'
import type { ModelScore } from './score.ts'
import { scoreModels, scorePredictions } from './score.ts'
import { fitSubsetKernel } from './subset-kernel.ts'
import type { Subset } from './subsets.ts'
import { chooseSubsets } from './subsets.ts'

/** As `CompareTask`, with a kernel model in the place of the distilled one; `original` is shown for scale. */
export type KernelCompareTask = Omit<CompareTask, 'distilled' | 'ridges'> & {
  readonly distilled: KernelModel
}

/**
 * Scores a kernel model beside the same kernel regression on as many real examples, and beside ridge regression on all
 * of them: on their features where the kernel has some, else without the kernel, which would need a matrix of n × n. Each subset's λ is the best of a grid of shares of
 * the kernel's diagonal on the hold-out, so that every baseline has its best honest chance.
 * @throws RetortError as `scoreModels` does
 */
export async function compareKernel(task: KernelCompareTask, watch: Watch = {}): Promise<Comparison> {
  const { distilled } = task
  const subsets = await chooseSubsets(task.baselines ?? allBaselines, task, watch)
  const models = [distilled, ...(await fitSubsets(subsets, task, watch))]
  const scores = (await scoreAll(task, models, watch)).map(({ score }) => score)
  return { split: task.test.split, rows: rowsOf(task, subsets, models, scores) }
}

async function scoreAll(
  task: KernelCompareTask,
  models: readonly KernelModel[],
  watch: Watch,
): Promise<ModelScore[]> {
  const { blas, features, original } = task
  const scoring = { ...task, batches: task.test.batches, total: task.test.total }
  if (features) {
    // Each is a linear model of features, and each example goes through the map once.
    const linear: RidgeModel[] = []
    for (const { points, dual, offset, ridge } of models) {
      const weight = await blas.gemm(dual, await features.forward(points, blas), { transposeA: true })
      linear.push({ weight, bias: offset, ridge, intercept: false })
    }
    return scoreModels([original, ...linear], scoring, watch)
  }
  const predictAll = async (inputs: Matrix): Promise<Matrix> => {
    const outputs = [await predict(original, inputs, blas)]
    for (const model of models) outputs.push(await predictKernelRidge(model, inputs, blas, watch))
    return sideBySide(outputs)
  }
  return scorePredictions(predictAll, models.length + 1, scoring, watch)
}

function rowsOf(
  task: KernelCompareTask,
  subsets: readonly Subset[],
  [distilled, ...models]: readonly KernelModel[],
  [original, ofDistilled, ...scores]: readonly Score[],
): ComparisonRow[] {
  const rows: ComparisonRow[] = [
    {
      name: task.features ? 'original' : 'linear, all data',
      points: task.examples,
      ridge: task.original.ridge,
      score: original,
      ...(task.features ? {} : { note: 'ridge regression without the kernel, for scale' }),
    },
    { name: 'distilled', points: task.points, ridge: distilled.ridge, score: ofDistilled },
  ]
  for (const baseline of new Set(subsets.map((subset) => subset.baseline))) {
    const own = subsets.flatMap((subset, i) => (subset.baseline === baseline ? [i] : []))
    const ridges = own.map((i) => models[i].ridge)
    const found = own.map((i) => scores[i])
    rows.push(baselineRow(baseline, subsets[own[0]].indices.length, ridges, found, task))
  }
  return rows
}

async function fitSubsets(
  subsets: readonly Subset[],
  task: KernelCompareTask,
  watch: Watch,
): Promise<KernelModel[]> {
  const { holdOut, inputSize, preprocessing, blas, distilled } = task
  if (subsets.length === 0) return []
  const columns = targetSize(task.target)
  const inputs = await preprocess(holdOut.inputs, holdOut.count, inputSize, preprocessing, blas)
  const wanted = labelMatrix(holdOut, columns)
  const models: KernelModel[] = []
  for (const { indices } of subsets) {
    watch.signal?.throwIfAborted()
    const taken = takeExamples(task.pool, indices, inputSize, columns)
    const points = await preprocess(taken.inputs, taken.count, inputSize, preprocessing, blas)
    const examples = { points, labels: labelMatrix(taken, columns), offset: distilled.offset }
    models.push(await fitSubsetKernel(distilled.kernel, examples, { inputs, wanted }, task.target.kind, blas))
    watch.report?.({ stage: 'subsets', done: models.length, total: subsets.length, unit: 'models' })
  }
  return models
}

/** Matrices of as many rows beside one another. */
function sideBySide(parts: readonly Matrix[]): Matrix {
  const cols = parts.reduce((sum, part) => sum + part.cols, 0)
  const result = matrix(parts[0].rows, cols)
  let at = 0
  for (const part of parts) {
    for (let i = 0; i < part.rows; i++) {
      result.data.set(part.data.subarray(i * part.cols, (i + 1) * part.cols), i * cols + at)
    }
    at += part.cols
  }
  return result
}

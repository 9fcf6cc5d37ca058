import { inputSize, type Dataset, type Preprocessing, type Split } from '#core/dataset'
import { matrix, type Matrix } from '#core/matrix'
import { preprocess } from '#data/preprocessing'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import { argmaxRows, predict } from '#models/prediction'
import type { RidgeModel } from '#models/ridge-model'
import type { Statistics } from '#statistics/statistics'

/** Images whose features are held at once. */
const batchSize = 1000

/** Sums over φ of a whole split of classes, by one pass. */
export async function featureStatistics(
  blas: Blas,
  map: FeatureMap,
  dataset: Dataset,
  split: Split,
  preprocessing: Preprocessing,
): Promise<Statistics> {
  const p = map.featureSize
  const k = dataset.target.names.length
  const gram = matrix(p, p)
  const cross = matrix(k, p)
  const sums = { inputs: new Float64Array(p), targets: new Float64Array(k) }
  for await (const { features, targets } of featuresOf(blas, map, dataset, split, preprocessing)) {
    const labels = matrix(features.rows, k)
    targets.forEach((target, i) => (labels.data[i * k + target] = 1))
    await blas.syrk(features, { transpose: true, beta: 1, c: gram })
    await blas.gemm(labels, features, { transposeA: true, beta: 1, c: cross })
    for (let at = 0; at < features.data.length; at++) sums.inputs[at % p] += features.data[at]
    for (const target of targets) sums.targets[target]++
  }
  const targetGram = matrix(k, k)
  sums.targets.forEach((count, c) => (targetGram.data[c * k + c] = count))
  return {
    count: split.count,
    inputSize: p,
    targetSize: k,
    gram,
    cross,
    inputSum: sums.inputs,
    targetSum: sums.targets,
    targetGram,
    exact: false,
    provenance: `${dataset.name} behind ${map.id}`,
  }
}

/** Share of right predictions. */
export async function featureAccuracy(
  blas: Blas,
  map: FeatureMap,
  dataset: Dataset,
  split: Split,
  preprocessing: Preprocessing,
  model: Pick<RidgeModel, 'weight' | 'bias'>,
): Promise<number> {
  let right = 0
  for await (const { features, targets } of featuresOf(blas, map, dataset, split, preprocessing)) {
    const classes = argmaxRows(await predict(model, features, blas))
    right += classes.filter((c, i) => c === targets[i]).length
  }
  return right / split.count
}

async function* featuresOf(
  blas: Blas,
  map: FeatureMap,
  dataset: Dataset,
  split: Split,
  preprocessing: Preprocessing,
): AsyncGenerator<{ features: Matrix; targets: Int32Array | Float64Array }> {
  for await (const { inputs, count, targets } of split.batches({ size: batchSize })) {
    const ready = await preprocess(inputs, count, inputSize(dataset), preprocessing, blas)
    yield { features: await map.forward(ready, blas), targets }
  }
}

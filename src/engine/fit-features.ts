import type { Batch, Dataset, Preprocessing } from '#core/dataset'
import { inputSize } from '#core/dataset'
import { sha256 } from '#core/hash'
import { blockEmbedding } from '#features/embed'
import type { FeatureMap } from '#features/feature-map'
import { describeFeatureMap } from '#features/index'
import { fitRidge, ridgeGrid } from '#models/ridge'
import { fitChosen } from '#models/ridge-choice'
import { holdOutMembership } from '#statistics/hold-out'
import { collectMapped, mappedAhead } from '#statistics/mapped'
import { finishRecord, mergeRecords } from '#statistics/record'
import type { Fit, FitContext } from './fit.ts'
import {
  asMeasured,
  givenPreprocessing,
  refitsAll,
  requireVariety,
  resolvePreprocessing,
  timedSplit,
} from './fit.ts'
import { gatherStatistics } from './gather.ts'
import { collectPool, poolBytes } from './pool.ts'
import type { FitSettings } from './settings.ts'
import { holdOutFraction } from './settings.ts'

/**
 * The original model on features φ of the preprocessed inputs: one pass, after another one where the preprocessing has
 * to be measured first.
 * @throws RetortError as `fitOriginal` does
 */
export async function fitOnFeatures(
  dataset: Dataset,
  settings: FitSettings,
  features: FeatureMap,
  { blas, watch, stopwatch, usesExamples, output }: FitContext,
): Promise<Fit> {
  const { train, test } = dataset.splits
  const holdOut = { seed: settings.seed, fraction: holdOutFraction(settings.holdOut, test !== undefined) }
  const preprocessing =
    givenPreprocessing(dataset, settings) ??
    (await stopwatch.time('preprocessing', async () => {
      const raw = await gatherStatistics(asMeasured(dataset, settings), { blas, holdOut, watch, output })
      const whole = await finishRecord(await mergeRecords([raw.fit, raw.holdOut]))
      return resolvePreprocessing(dataset, settings, whole, blas)
    }))
  const isHeldOut = holdOutMembership(holdOut, train.count)
  const pool = collectPool(dataset, settings.seed, isHeldOut, poolBytes(usesExamples))
  const timed = timedSplit(train)
  const begin = performance.now()
  const size = inputSize(dataset)
  // Blocks are independent but for the order of their sums.
  const lanes = blas.apart ?? blas
  const embedBlock = blockEmbedding(size, { preprocessing, features }, lanes, mappedAhead)
  const collected = await collectMapped(timed.split, dataset, {
    blas: lanes,
    holdOut,
    featureSize: features.featureSize,
    identity: identityOf(features, preprocessing),
    map: ({ inputs, count }) => embedBlock(inputs, count),
    visit: pool.visit,
    watch,
  })
  stopwatch.add('read', timed.seconds())
  stopwatch.add('statistics', (performance.now() - begin) / 1000 - timed.seconds())
  watch.report?.({ stage: 'fit', done: 0 })
  return stopwatch.time('fit', async () => {
    const { fit, whole, holdOutExamples, holdOutInputs } = collected
    requireVariety(dataset, { fit, holdOut: holdOutExamples })
    const intercept = settings.intercept === 'auto' ? dataset.kind === 'vector' : settings.intercept === 'yes'
    // Half decades from 10⁻⁶: features of random networks are small (Chen, Huang, Weng 2024, code).
    const ridges = ridgeGrid('vector')
    const holdOutBatch: Batch = { start: 0, ...holdOutExamples }
    const refit = refitsAll(dataset, settings)
    const statistics = refit ? whole : fit
    const searched = settings.ridge === 'auto'
    const held = { inputs: holdOutInputs, targets: holdOutBatch.targets }
    const model = await (settings.ridge === 'auto'
      ? fitChosen(fit, statistics, held, ridges, { blas, intercept })
      : fitRidge(statistics, settings.ridge, { blas, intercept }))
    const common = { preprocessing, statistics, model, ridges, searched, features }
    return { ...common, holdOut: holdOutBatch, refitted: refit, pool: pool.finish() }
  })
}

/** Names the map, its very weights and what comes before it. */
function identityOf(features: FeatureMap, preprocessing: Preprocessing): string {
  const hash = sha256().update(new TextEncoder().encode(JSON.stringify(describeFeatureMap(features))))
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array) =>
    new Uint8Array(buffer, byteOffset, byteLength)
  for (const { data } of Object.values(features.weights())) hash.update(bytes(data))
  if (preprocessing.normalised) hash.update(new TextEncoder().encode('normalised'))
  if ('scale' in preprocessing) hash.update(bytes(preprocessing.scale)).update(bytes(preprocessing.shift))
  if ('whitening' in preprocessing)
    hash.update(bytes(preprocessing.whitening.data)).update(bytes(preprocessing.mean))
  return hash.digest()
}

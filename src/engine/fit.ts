import type { Batch, Dataset, Preprocessing, Split } from '#core/dataset'
import { inputSize } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { Watch } from '#core/progress'
import { normalisedDataset } from '#data/normalised'
import { givenChannel, preprocess, unitPreprocessing } from '#data/preprocessing'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import type { RidgeModel } from '#models/ridge-model'
import { fitRidge, ridgeGrid } from '#models/ridge'
import { fitChosen } from '#models/ridge-choice'
import type { CollectedStatistics } from '#statistics/collect'
import { holdOutMembership } from '#statistics/hold-out'
import { measurePreprocessing } from '#statistics/preprocessing'
import { finishRecord, mergeRecords } from '#statistics/record'
import { transformStatistics } from '#statistics/transform'
import type { RawStatistics, Statistics } from '#statistics/statistics'
import { gatherStatistics } from './gather.ts'
import type { Pool } from './pool.ts'
import { collectPool, poolBytes } from './pool.ts'
import type { FitSettings } from './settings.ts'
import { holdOutFraction } from './settings.ts'
import type { Stopwatch } from './stopwatch.ts'

/** The original model and all that was learned on the one pass that it took. */
export interface Fit {
  readonly preprocessing: Preprocessing
  /** Of the preprocessed examples that W was fitted on. */
  readonly statistics: Statistics
  readonly model: RidgeModel
  /** Candidates for λ, ascending: what it was chosen from, or would have been; the baselines choose theirs from them. */
  readonly ridges: readonly number[]
  /** Whether λ was chosen, not given. */
  readonly searched: boolean
  /** Raw examples that chose λ; normalised ones where the preprocessing begins with that, as those of the pool. */
  readonly holdOut: Batch
  /** Whether W was fitted on all examples after λ was chosen: as asked, and only where a test split does the scoring. */
  readonly refitted: boolean
  readonly pool: Pool
  /** Where the model is on features; `statistics` are then of these. */
  readonly features?: FeatureMap
}

export interface FitContext {
  readonly blas: Blas
  readonly watch: Watch
  readonly stopwatch: Stopwatch
  /** Whether real examples will be asked for later: as references, or by baselines. Default: they may. */
  readonly usesExamples?: boolean
  /** What the fit is for; a pass that is stopped leaves its finished pieces beside it. */
  readonly output?: string
}

/**
 * One pass over the training split, then preprocessing, λ and W.
 * @throws RetortError `data/one-class`, `data/too-few-examples`, and what reading throws
 */
export async function fitOriginal(
  raw: Dataset,
  settings: FitSettings,
  { blas, watch, stopwatch, usesExamples, output }: FitContext,
): Promise<Fit> {
  const dataset = asMeasured(raw, settings)
  const { train, test } = dataset.splits
  const fraction = holdOutFraction(settings.holdOut, test !== undefined)
  const holdOutOptions = { seed: settings.seed, fraction }
  const isHeldOut = holdOutMembership(holdOutOptions, train.count)
  const pool = collectPool(dataset, settings.seed, isHeldOut, poolBytes(usesExamples))
  const timed = timedSplit(train)
  const begin = performance.now()
  const collected = await gatherStatistics(
    { ...dataset, splits: { ...dataset.splits, train: timed.split } },
    { blas, holdOut: holdOutOptions, visit: pool.visit, wants: pool.wants, watch, output },
  )
  stopwatch.add('read', timed.seconds())
  stopwatch.add('statistics', (performance.now() - begin) / 1000 - timed.seconds())
  watch.report?.({ stage: 'fit', done: 0 })
  return stopwatch.time('fit', () =>
    fitCollected(dataset, settings, {
      collected,
      pool: pool.finish(),
      blas,
      refit: refitsAll(dataset, settings),
    }),
  )
}

/** Whether W is fitted on the held-out examples as well. */
export function refitsAll({ splits }: Dataset, { refit }: FitSettings): boolean {
  return refit && splits.test !== undefined
}

interface Gathered {
  collected: CollectedStatistics
  pool: Pool
  blas: Blas
  refit: boolean
}

async function fitCollected(
  dataset: Dataset,
  settings: FitSettings,
  { collected, pool, blas, refit }: Gathered,
): Promise<Fit> {
  const { fit, holdOut, holdOutExamples } = collected
  requireVariety(dataset, collected)
  const whole = await mergeRecords([fit, holdOut])
  const rawWhole = await finishRecord(whole)
  const preprocessing = await resolvePreprocessing(dataset, settings, rawWhole, blas)
  const wholeStatistics = await transformStatistics(rawWhole, preprocessing, blas)
  const intercept = settings.intercept === 'auto' ? dataset.kind === 'vector' : settings.intercept === 'yes'
  const examples: Batch = { start: 0, ...holdOutExamples }

  if (settings.ridge !== 'auto') {
    const statistics = refit
      ? wholeStatistics
      : await transformStatistics(await finishRecord(fit), preprocessing, blas)
    const model = await fitRidge(statistics, settings.ridge, { blas, intercept })
    const ridges = ridgeGrid(dataset.kind)
    return {
      preprocessing,
      statistics,
      model,
      ridges,
      searched: false,
      holdOut: examples,
      refitted: refit,
      pool,
    }
  }
  const fitStatistics = await transformStatistics(await finishRecord(fit), preprocessing, blas)
  const ridges = ridgeGrid(dataset.kind)
  const inputs = await preprocess(examples.inputs, examples.count, inputSize(dataset), preprocessing, blas)
  const statistics = refit ? wholeStatistics : fitStatistics
  const held = { inputs, targets: examples.targets }
  const model = await fitChosen(fitStatistics, statistics, held, ridges, { blas, intercept })
  return {
    preprocessing,
    statistics,
    model,
    ridges,
    searched: true,
    holdOut: examples,
    refitted: refit,
    pool,
  }
}

/**
 * The dataset that statistics are gathered of: normalising is no algebra on their sums, so it comes before them. What is
 * normalised once more later, on its way through `preprocess`, stays as it is.
 */
export function asMeasured(dataset: Dataset, { normalise }: FitSettings): Dataset {
  return normalise ? normalisedDataset(dataset) : dataset
}

/** The preprocessing that the settings ask for without a look at the data, or undefined where it must be measured. */
export function givenPreprocessing(
  dataset: Dataset,
  { preprocessing, normalise, mean, std }: FitSettings,
): Preprocessing | undefined {
  if (preprocessing === 'none') return { name: 'none', ...(normalise && { normalised: true }) }
  if (normalise) return undefined
  if (preprocessing === 'unit' && dataset.elementType === 'uint8')
    return unitPreprocessing(inputSize(dataset))
  const channel = preprocessing === 'channel' || (preprocessing === 'auto' && dataset.kind === 'image')
  if (!channel || mean === undefined || std === undefined) return undefined
  return givenChannel(dataset.inputShape, numbers('--mean', mean), numbers('--std', std))
}

/** @param statistics of the dataset as `asMeasured` gives it */
export async function resolvePreprocessing(
  dataset: Dataset,
  { preprocessing, normalise, mean, std }: FitSettings,
  statistics: RawStatistics,
  blas: Blas,
): Promise<Preprocessing> {
  const name = preprocessing === 'auto' ? (dataset.kind === 'image' ? 'channel' : 'column') : preprocessing
  if (normalise && (name === 'unit' || mean !== undefined || std !== undefined)) {
    throw new RetortError({
      code: 'usage/given-preprocessing',
      message: `--normalise and ${name === 'unit' ? '--preprocessing unit' : '--mean and --std'} exclude one another`,
      why: 'A normalised example no longer has values between 0 and 255.',
      hint: 'Use --normalise with --preprocessing zca, channel, column or none, or leave it out.',
      values: { preprocessing: name, mean: mean ?? null, std: std ?? null },
    })
  }
  if (mean === undefined && std === undefined) {
    const measured = await measurePreprocessing(name, statistics, dataset, { blas })
    return normalise ? { ...measured, normalised: true } : measured
  }
  if (name !== 'channel' || mean === undefined || std === undefined) {
    throw new RetortError({
      code: 'usage/given-preprocessing',
      message: '--mean and --std belong together and to --preprocessing channel',
      hint: 'Give both, e.g. --preprocessing channel --mean 0.1307 --std 0.3081, or neither to have them measured.',
      values: { preprocessing: name, mean: mean ?? null, std: std ?? null },
    })
  }
  return givenChannel(dataset.inputShape, numbers('--mean', mean), numbers('--std', std))
}

function numbers(flag: string, text: string): number[] {
  const values = text.split(',').map(Number)
  if (values.every(Number.isFinite)) return values
  throw new RetortError({
    code: 'usage/invalid-value',
    message: `${flag} is '${text}': not numbers separated by commas`,
    hint: `Write one number per channel, e.g. ${flag} 0.4914,0.4822,0.4465`,
    path: flag,
  })
}

/** @throws RetortError when the training examples cannot determine a model */
export function requireVariety(
  dataset: Dataset,
  { fit, holdOut }: { fit: { count: number }; holdOut: { count: number } },
): void {
  const count = fit.count + holdOut.count
  if (fit.count === 0 || holdOut.count === 0) {
    throw new RetortError({
      code: 'data/too-few-examples',
      message: `${count} training examples leave ${fit.count} to fit and ${holdOut.count} to choose λ on`,
      why: 'λ is chosen on examples that the model was not fitted on.',
      hint: 'Give more examples, a larger share with --hold-out 0.5, or another --seed.',
      values: { examples: count, fit: fit.count, holdOut: holdOut.count },
    })
  }
  if (dataset.target.kind === 'class' && dataset.target.names.length < 2) {
    throw new RetortError({
      code: 'data/one-class',
      message: `Every training example is of one class, '${dataset.target.names[0]}'`,
      why: 'A classifier needs at least two classes to tell apart.',
      hint: 'Name another target column with --target, or predict numbers with --target-kind real.',
      values: { classes: dataset.target.names.length },
    })
  }
}

/** The split with the time that its consumer waits for data. */
export function timedSplit(split: Split): { split: Split; seconds(): number } {
  let waited = 0
  async function* batches(options: Parameters<Split['batches']>[0]): AsyncGenerator<Batch> {
    const iterator = split.batches(options)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const begin = performance.now()
        const { done, value } = await iterator.next()
        waited += performance.now() - begin
        if (done) return
        yield value
      }
    } finally {
      await iterator.return?.()
    }
  }
  return {
    split: { name: split.name, count: split.count, batches, at: (indices) => split.at(indices) },
    seconds: () => waited / 1000,
  }
}

import type { Certificate, RidgeClaim } from '#core/certificate'
import type { Batch, Dataset } from '#core/dataset'
import { inputSize } from '#core/dataset'
import type { RidgeSet } from '#core/distilled-set'
import type { Comparison } from '#core/evaluation'
import { sha256Hex } from '#core/hash'
import type { Method } from '#core/method'
import type { Watch } from '#core/progress'
import { outputFolder } from '#artefact/output-folder'
import { requireRidge } from '#artefact/read'
import { stageArtefact } from '#artefact/stage'
import { certify } from '#certify/certify'
import { preprocess } from '#data/preprocessing'
import { baselines } from '#evaluate/baselines/index'
import { compare } from '#evaluate/compare'
import { chooseSubsets } from '#evaluate/subsets'
import type { Blas } from '#linalg/blas'
import { methods } from '#methods/index'
import type { RidgeMethodId } from '#methods/index'
import { ridgeLabelSolveOptions } from '#methods/ridge-label-solve'
import type { RidgeTask } from '#methods/ridge-task'
import type { StorageError } from '#methods/storage-errors'
import { fitRidge } from '#models/ridge'
import type { RidgeModel } from '#models/ridge-model'
import type { Cost } from './cost.ts'
import { closedFormCost } from './cost.ts'
import { createFeatures } from './features.ts'
import type { Fit } from './fit.ts'
import { fitOriginal } from './fit.ts'
import { drawReferences, examplesAt } from './pool.ts'
import { givenPoints } from './given-points.ts'
import { fitOnFeatures } from './fit-features.ts'
import { runMethod } from './run-method.ts'
import { stepsFileBeside } from './steps-file.ts'
import type { RunRequest } from './request.ts'
import type { FeatureSettings } from './settings.ts'
import type { Stopwatch } from './stopwatch.ts'
import { createStopwatch, peakMemoryBytes } from './stopwatch.ts'
import { asStored, checkStorage } from './storage.ts'
import { version } from './version.ts'

export interface DistillRequest extends RunRequest {
  readonly method: RidgeMethodId
  /** As the method's schema has them; its defaults are filled in. */
  readonly methodOptions: object
  readonly features: FeatureSettings
}

export interface DistillResult {
  readonly set: RidgeSet
  readonly certificate: Certificate<RidgeClaim>
  readonly comparison: Comparison
  readonly refitted: boolean
  readonly seconds: Readonly<Record<string, number>>
  readonly peakMemoryBytes: number
}

/**
 * The whole corridor: one pass, fit, distillation, writing, certification of what was written, scores, report.
 * The output folder holds the old artefact until the new one is complete.
 * @throws RetortError from every room, with the exit code of its family
 */
export async function distillDataset(
  request: DistillRequest,
  { blas, watch = {} }: { blas: Blas; watch?: Watch },
): Promise<DistillResult> {
  const { dataset, output, artefact } = request
  const stopwatch = createStopwatch()
  checkStorage(artefact.storage, request.method === 'izzo-zou' || isEveryRidge(request.methodOptions))
  await outputFolder(output, artefact.force)
  const features = await createFeatures(request.features, dataset.inputShape, request.fit.seed, blas)
  const usesExamples =
    artefact.baselines ||
    withMethod(
      request.method,
      (method) => method.usesExamples?.(method.options.parse(request.methodOptions)) ?? true,
    )
  const context = { blas, watch, stopwatch, usesExamples, output }
  const fit = await (features
    ? fitOnFeatures(dataset, request.fit, features, context)
    : fitOriginal(dataset, request.fit, context))
  const given = await givenFor(request, fit, blas)
  const task = {
    ...ridgeTask(dataset, fit, request.fit.seed, blas),
    ...(given && { given }),
    signal: watch.signal,
  }
  const steps = stepsFileBeside(output, searchIdentity(request, task))
  const made = await stopwatch.time('distill', () =>
    withMethod(request.method, (method) => runMethod(method, request.methodOptions, task, steps, watch)),
  )
  const { set, errors } = await stopwatch.time('storage', () => asStored(made, artefact, blas))
  watch.signal?.throwIfAborted()
  const staged = await stopwatch.time('write', () =>
    stageArtefact(output, {
      set,
      storage: artefact.storage,
      run: describeRun(
        request,
        fit,
        closedFormCost(fit.statistics, set.points.rows, fit.searched, fit.features),
        blas,
        artefact.timings ? stopwatch : undefined,
        errors,
      ),
      blas,
      pixelRange: dataset.elementType === 'uint8' ? [0, 255] : undefined,
      overwrite: artefact.force,
    }),
  )
  try {
    const stored = requireRidge(await stopwatch.time('write', () => staged.read()))
    const split = scoringSplit(dataset, fit)
    const { claim, distilled } = await stopwatch.time('certify', async () =>
      certify(
        stored,
        {
          blas,
          test: { split: split.name, batches: split.batches() },
          others: await otherModels(set, fit, blas),
        },
        watch,
      ),
    )
    const comparison = await stopwatch.time('evaluate', () =>
      compareModels(
        { dataset, seed: request.fit.seed, baselines: artefact.baselines },
        fit,
        { model: distilled, points: set.points.rows },
        { blas, watch },
      ),
    )
    watch.signal?.throwIfAborted()
    const certificate = await stopwatch.time('write', async () => {
      await staged.addReport({ claim, comparison, warnings: warningsOf(dataset, fit) })
      return staged.commit(claim)
    })
    await steps.remove()
    return {
      set: stored.set,
      certificate,
      comparison,
      refitted: fit.refitted,
      seconds: stopwatch.seconds(),
      peakMemoryBytes: peakMemoryBytes(),
    }
  } finally {
    await staged.discard()
  }
}

/** The points of an earlier set, where the method labels these. */
export async function givenFor(
  { method, methodOptions, dataset }: Pick<DistillRequest, 'method' | 'methodOptions' | 'dataset'>,
  fit: Fit,
  blas: Blas,
) {
  if (method !== 'ridge-label-solve') return undefined
  const { reuse } = ridgeLabelSolveOptions.parse(methodOptions)
  return reuse === undefined ? undefined : givenPoints(reuse, dataset, fit, blas)
}

/** Applies what is written for a method of any options and state to the one that is asked for. */
function withMethod<Result>(
  method: RidgeMethodId,
  apply: <Options, State>(method: Method<Options, RidgeTask, State, RidgeSet>) => Result,
): Result {
  switch (method) {
    case 'ridge':
      return apply(methods.ridge)
    case 'kernel-ridge':
      return apply(methods['kernel-ridge'])
    case 'gauss-newton':
      return apply(methods['gauss-newton'])
    case 'maalouf':
      return apply(methods.maalouf)
    case 'ridge-label-solve':
      return apply(methods['ridge-label-solve'])
    case 'izzo-zou':
      return apply(methods['izzo-zou'])
  }
}

/** The same for the same data, method and settings, whatever the budget of a search. */
function searchIdentity(
  { method, methodOptions, input, fit, features }: DistillRequest,
  { statistics, seed, inputShape, target, blas }: RidgeTask,
): string {
  const options = { ...methodOptions, restarts: undefined, steps: undefined, seconds: undefined }
  const about = [version, method, options, input, fit, features, statistics.provenance, seed]
  return sha256Hex(JSON.stringify([...about, inputShape, target, blas.description, blas.threads]))
}

export interface ScoringSplit {
  readonly name: Comparison['split']
  readonly count: number
  batches(): AsyncIterable<Batch> | Iterable<Batch>
}

/** The test split; where there is none, the examples that W was not fitted on. */
export function scoringSplit(dataset: Dataset, fit: Pick<Fit, 'holdOut'>): ScoringSplit {
  const { test } = dataset.splits
  if (test === undefined) {
    return { name: 'hold-out', count: fit.holdOut.count, batches: () => [fit.holdOut] }
  }
  return { name: 'test', count: test.count, batches: () => test.batches({ size: 1000 }) }
}

/** For a set that serves every λ: the original model a hundred times below and above the λ that is stored. */
export function otherModels(set: RidgeSet, { statistics, model }: Fit, blas: Blas): Promise<RidgeModel[]> {
  if (set.training.originalRidge !== 'all') return Promise.resolve([])
  const ridges = [model.ridge / 100, model.ridge * 100]
  const { intercept } = model
  return Promise.all(ridges.map((ridge) => fitRidge(statistics, ridge, { blas, intercept })))
}

/** Scores of the original, of the model trained on the stored points, and of real subsets of the same size. */
export async function compareModels(
  { dataset, seed, baselines: wanted }: { dataset: Dataset; seed: number; baselines: boolean },
  fit: Fit,
  distilled: { model: RidgeModel; points: number },
  { blas, watch }: { blas: Blas; watch: Watch },
): Promise<Comparison> {
  const split = scoringSplit(dataset, fit)
  const { comparison } = await compare(
    {
      original: fit.model,
      examples: fit.statistics.count,
      distilled: distilled.model,
      points: distilled.points,
      pool: { start: 0, ...fit.pool },
      poolMembers: fit.pool.total - fit.holdOut.count,
      holdOut: fit.holdOut,
      ridges: fit.ridges,
      test: { split: split.name, batches: split.batches(), total: split.count },
      inputSize: inputSize(dataset),
      target: dataset.target,
      preprocessing: fit.preprocessing,
      features: fit.features,
      blas,
      seed,
      baselines: wanted ? baselines : [],
    },
    watch,
  )
  return comparison
}

/** What run.json tells of a run, whatever its method. */
export function describeRun(
  request: Omit<DistillRequest, 'method' | 'methodOptions'>,
  fit: Fit,
  cost: Cost,
  blas: Blas,
  stopwatch: Stopwatch | undefined,
  errors?: readonly StorageError[],
) {
  const { dataset, command, name, artefact } = request
  const { storage, baselines: withBaselines } = artefact
  return {
    command,
    settings: {
      ...withoutUndefined({ ...request.input, ...request.fit, ...request.features }),
      intercept: fit.model.intercept ? 'yes' : 'no',
      preprocessing: fit.preprocessing.name,
      originalRidge: fit.model.ridge,
      refitted: fit.refitted,
      storage,
      baselines: withBaselines,
    },
    data: {
      name,
      kind: dataset.kind,
      examples: fit.statistics.count,
      notes: [...dataset.notes],
      ...(dataset.columns && { columns: [...dataset.columns] }),
    },
    provider: { id: blas.id, description: blas.description, threads: blas.threads },
    versions: { retort: version, node: process.versions.node },
    cost,
    ...(errors && { storageErrors: errors.map(plainError) }),
    ...(stopwatch && { timings: { seconds: stopwatch.seconds(), peakMemoryBytes: peakMemoryBytes() } }),
  }
}

/** Whether the options of the method ask for a d-set. */
function isEveryRidge(options: object): boolean {
  return 'variant' in options && options.variant === 'd-set'
}

/** JSON has no infinity. */
function plainError({ error, ...rest }: StorageError) {
  return { ...rest, error: Number.isFinite(error) ? error : null }
}

export function withoutUndefined(values: Record<string, string | number | boolean | undefined>) {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** What a reader of the scores should know. */
export function warningsOf(dataset: Dataset, fit: Fit): string[] {
  if (dataset.splits.test !== undefined) return []
  return [
    `There is no test split: scores are on the ${fit.holdOut.count} held-out examples that also chose λ, which flatters them slightly.`,
  ]
}

/** What a closed-form method sees of a fit. */
export function ridgeTask(dataset: Dataset, fit: Fit, seed: number, blas: Blas): RidgeTask {
  const width = inputSize(dataset)
  return {
    blas,
    model: fit.model,
    statistics: fit.statistics,
    target: dataset.target,
    inputShape: dataset.inputShape,
    preprocessing: fit.preprocessing,
    seed,
    features: fit.features,
    async references(count, coreset) {
      const classes = dataset.target.kind === 'class' ? dataset.target.names.length : undefined
      const chosen =
        coreset === undefined
          ? drawReferences(fit.pool, classes, count, seed)
          : await coresetOf(coreset, dataset, fit, { count, seed, blas })
      const { targets } = fit.pool
      const raw = examplesAt(fit.pool, chosen, width)
      const points = await preprocess(raw, chosen.length, width, fit.preprocessing, blas)
      return classes === undefined
        ? { points }
        : { points, classes: Int32Array.from(chosen, (index) => targets[index]) }
    },
  }
}

/** Indices in the pool of a coreset, class by class. */
async function coresetOf(
  id: string,
  dataset: Dataset,
  { pool, preprocessing }: Fit,
  { count, seed, blas }: { count: number; seed: number; blas: Blas },
): Promise<Uint32Array> {
  const chosen = baselines.filter((baseline) => baseline.id === id).map((one) => ({ ...one, seeds: 1 }))
  const [subset] = await chooseSubsets(chosen, {
    pool: { start: 0, ...pool },
    inputSize: inputSize(dataset),
    target: dataset.target,
    preprocessing,
    points: count,
    seed,
    blas,
  })
  return Uint32Array.from(subset.indices)
}

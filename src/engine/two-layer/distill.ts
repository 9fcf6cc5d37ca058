import type { Certificate, MeasuredClaim } from '#core/certificate'
import type { Dataset } from '#core/dataset'
import { inputSize } from '#core/dataset'
import type { TwoLayerSet } from '#core/distilled-set'
import type { Comparison } from '#core/evaluation'
import { sha256Hex } from '#core/hash'
import { toFloat32, toFloat64 } from '#core/matrix'
import type { Watch } from '#core/progress'
import type { TwoLayerFindings } from '#core/two-layer-findings'
import { outputFolder } from '#artefact/output-folder'
import type { Storage } from '#core/storage'
import { stageArtefact } from '#artefact/stage'
import { measureTwoLayer } from '#certify/two-layer/measures'
import type { MeasuredStudents } from '#certify/two-layer/measures'
import { baselines } from '#evaluate/baselines/index'
import type { TwoLayerComparison } from '#evaluate/two-layer/compare'
import { compareTwoLayer, seedsOf } from '#evaluate/two-layer/compare'
import type { Blas } from '#linalg/blas'
import { methods } from '#methods/index'
import type { TwoLayerOptions } from '#methods/two-layer-options'
import type { TwoLayerTask } from '#methods/two-layer-task'
import { recordedOptions } from '#methods/two-layer/preconditions'
import type { TwoLayerState } from '#methods/two-layer/run'
import type { LinearPart } from '#models/two-layer/linear-part'
import { fitLinearPart } from '#models/two-layer/linear-part'
import { witnessOf } from '#models/two-layer/witness'
import type { Fit } from '../fit.ts'
import { fitOriginal } from '../fit.ts'
import type { RunRequest } from '../request.ts'
import { describeCircumstances, withoutUndefined } from '../run-description.ts'
import { scoringSplit } from '../scoring.ts'
import { stepsFileBeside } from '../steps-file.ts'
import type { Stopwatch } from '../stopwatch.ts'
import { requireFloatStorage } from '../storage.ts'
import { createStopwatch, peakMemoryBytes } from '../stopwatch.ts'
import { version } from '../version.ts'
import { twoLayerCost } from './cost.ts'
import { findingsOf } from './findings.ts'
import { reusedPoints } from './reuse.ts'
import { runTwoLayer } from './run-steps.ts'
import { requireOneOutput, twoLayerFitSettings, twoLayerTask } from './task.ts'

/** Of a dataset with one real target, or with two classes. */
export interface TwoLayerRequest extends RunRequest {
  readonly methodOptions: TwoLayerOptions
}

export interface TwoLayerResult {
  readonly set: TwoLayerSet
  readonly certificate: Certificate<MeasuredClaim>
  readonly comparison: Comparison
  readonly findings: TwoLayerFindings
  readonly seconds: Readonly<Record<string, number>>
  readonly peakMemoryBytes: number
}

/**
 * The corridor of two-layer sets: one pass for preprocessing and provenance, distillation, writing, fresh students from
 * what was written beside the teacher and equal memory, certificate, report. A run that is stopped leaves its state beside
 * the output and goes on from there to the same bytes.
 * @throws RetortError from every room, with the exit code of its family
 */
export async function distillTwoLayerDataset(
  request: TwoLayerRequest,
  { blas, watch = {} }: { blas: Blas; watch?: Watch },
): Promise<TwoLayerResult> {
  const { dataset, output, artefact } = request
  const stopwatch = createStopwatch()
  requireOneOutput(dataset)
  requireFloatStorage(artefact.storage, 'two-layer')
  await outputFolder(output, artefact.force)
  const settings = twoLayerFitSettings(dataset, request.fit)
  const fit = await fitOriginal(dataset, settings, { blas, watch, stopwatch, output })
  const reuse = await reusedPoints(request.methodOptions.reuse, dataset, fit)
  const task = await stopwatch.time('read', () =>
    twoLayerTask(dataset, fit, settings, { blas, watch }, reuse),
  )
  const steps = stepsFileBeside(output, identityOf(request, task, blas))
  const state = await stopwatch.time('distill', () =>
    runTwoLayer(task, request.methodOptions, watch, { file: steps }),
  )
  const distilled = await methods['two-layer'].finish(state)
  const witness = await witnessOf(roundedAsStored(distilled, artefact.storage), request.fit.seed, blas)
  const set: TwoLayerSet = { ...distilled, training: { ...distilled.training, witness } }
  const staged = await stopwatch.time('write', () =>
    stageArtefact(output, {
      set,
      storage: artefact.storage,
      run: describeRun(request, fit, set, blas, artefact.timings ? stopwatch : undefined),
      blas,
      pixelRange: dataset.elementType === 'uint8' ? [0, 255] : undefined,
      overwrite: artefact.force,
    }),
  )
  try {
    const read = await stopwatch.time('write', () => staged.read())
    const { training } = read.set
    if (training.kind !== 'two-layer') throw new RangeError('a two-layer set was written')
    const stored = { ...read, set: { ...read.set, training } }
    const compared = await stopwatch.time('evaluate', () =>
      compareOn(
        dataset,
        fit,
        stored.set,
        task,
        { seed: request.fit.seed, baselines: artefact.baselines, linear: leastSquaresOf(state) },
        { blas, watch },
      ),
    )
    const claim = await stopwatch.time('certify', () =>
      measureTwoLayer(stored, blas, measuredStudents(stored.set, compared, signalOf(state))),
    )
    const findings = await findingsOf(dataset, stored.set, state, compared, blas)
    watch.signal?.throwIfAborted()
    const { comparison } = compared
    const certificate = await stopwatch.time('write', async () => {
      // A plotting library is behind it, which takes a quarter of a second to load.
      const { twoLayerSections } = await import('#artefact/report/two-layer/sections')
      await staged.addReport({
        claim,
        comparison,
        twoLayer: findings,
        warnings: warningsOf(dataset, fit, claim),
        sections: twoLayerSections(stored.set, findings, fit.statistics.count),
      })
      return staged.commit(claim)
    })
    await steps.remove()
    return {
      set: stored.set,
      certificate,
      comparison,
      findings,
      seconds: stopwatch.seconds(),
      peakMemoryBytes: peakMemoryBytes(),
    }
  } finally {
    await staged.discard()
  }
}

export interface CompareSettings {
  readonly seed: number
  readonly baselines: boolean
  /** Of students and references; default: the width that the labels were made for. */
  readonly width?: number
  /** Of students; default: those of the certificate. */
  readonly seeds?: readonly number[]
  /** The least-squares line, where it is known; else it costs a pass. */
  readonly linear?: LinearPart
}

/** Fresh students of a set beside the teacher and equal memory, on the scored split. */
export async function compareOn(
  dataset: Dataset,
  fit: Fit,
  set: TwoLayerSet,
  task: TwoLayerTask,
  { seed, baselines: wanted, width, seeds, linear: known }: CompareSettings,
  { blas, watch }: { blas: Blas; watch: Watch },
): Promise<TwoLayerComparison> {
  const split = scoringSplit(dataset, fit)
  const size = inputSize(dataset)
  const linear = known ?? (await fitLinearPart(task.passes, size, blas))
  return compareTwoLayer(
    {
      set,
      data: { passes: task.passes, linear, inputSize: size, blas, products: recordedOptions(set).products },
      examples: fit.statistics.count,
      pool: { start: 0, ...fit.pool },
      holdOut: fit.holdOut,
      scoring: {
        split: split.name,
        batches: split.batches(),
        total: split.count,
        inputSize: size,
        target: dataset.target,
        preprocessing: set.preprocessing,
        blas,
      },
      subspace: task.subspace,
      seed,
      blas,
      baselines: wanted ? baselines : [],
      width,
      seeds,
    },
    watch,
  )
}

export function measuredStudents(
  set: TwoLayerSet,
  { students, comparison, chance }: TwoLayerComparison,
  curvature: number | undefined,
): MeasuredStudents {
  const [{ score }] = comparison.rows
  return {
    seeds: seedsOf(set),
    errors: students.map(({ relativeError }) => relativeError),
    metric: score.metric,
    split: comparison.split,
    inputs: score.n,
    chance,
    ...(curvature !== undefined && { curvature }),
  }
}

/** The least-squares line of a run that took it out. */
function leastSquaresOf({ plan, run }: TwoLayerState): LinearPart | undefined {
  return plan.options.linearPart === 'least-squares' && 'linear' in run ? run.linear : undefined
}

/** Curvature found over that of noise, where the run measured it. */
export function signalOf({ run }: TwoLayerState): number | undefined {
  return 'signal' in run ? run.signal : undefined
}

/** The same for the same data, settings, program and provider. */
function identityOf({ methodOptions, input, fit }: TwoLayerRequest, task: TwoLayerTask, blas: Blas): string {
  const { provenance, seed, count, inputShape, target, reuse } = task
  const taken = reuse && [reuse.training.step, ...reuse.points.data]
  const about = [version, methodOptions, input, fit, provenance, seed, count, inputShape, target, taken]
  return sha256Hex(JSON.stringify(['two-layer', ...about, blas.description, blas.threads]))
}

/** The set as its file will give it back. */
function roundedAsStored(set: TwoLayerSet, storage: Storage): TwoLayerSet {
  if (storage === 'float64') return set
  return { ...set, points: toFloat64(toFloat32(set.points)), labels: toFloat64(toFloat32(set.labels)) }
}

function describeRun(
  { dataset, command, name, artefact, input, fit: fitting, methodOptions }: TwoLayerRequest,
  fit: Fit,
  set: TwoLayerSet,
  blas: Blas,
  stopwatch: Stopwatch | undefined,
) {
  return {
    command,
    settings: {
      ...withoutUndefined({ ...input, ...fitting }),
      preprocessing: fit.preprocessing.name,
      storage: artefact.storage,
      baselines: artefact.baselines,
      ...(methodOptions.reuse !== undefined && { reuse: methodOptions.reuse }),
    },
    ...describeCircumstances({ dataset, name }, fit, blas, stopwatch),
    cost: twoLayerCost(fit.statistics.count, set),
  }
}

function warningsOf(dataset: Dataset, fit: Fit, { preconditions }: MeasuredClaim): string[] {
  return [
    ...preconditions
      .filter(({ holds }) => holds === false)
      .map(
        ({ statement, measured, needed }) => `It is not so that ${statement}: ${measured}, needed ${needed}.`,
      ),
    ...(dataset.splits.test === undefined
      ? [`There is no test split: scores are on the ${fit.holdOut.count} held-out examples.`]
      : []),
  ]
}

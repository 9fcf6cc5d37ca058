import type { Batch, Dataset } from '#core/dataset'
import { inputSize } from '#core/dataset'
import { RetortError } from '#core/errors'
import { matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import { preprocess } from '#data/preprocessing'
import { signedTargets } from '#evaluate/two-layer/targets'
import type { Blas } from '#linalg/blas'
import type { TwoLayerPoints } from '#models/two-layer/student'
import type { Passes } from '#models/two-layer/examples'
import { examplesInMemory } from '#models/two-layer/examples'
import type { TwoLayerTask } from '#methods/two-layer-task'
import { holdOutMembership } from '#statistics/hold-out'
import type { Fit } from '../fit.ts'
import type { FitSettings } from '../settings.ts'
import { holdOutFraction } from '../settings.ts'
import { knownExamples } from './known-examples.ts'

/** Preprocessed examples that are kept in memory, in float64 values; more are read again in every pass. */
const keptValues = 5e7
const blockRows = 2048

/**
 * Whether a dataset has the one output that a two-layer network has.
 * @throws RetortError `usage/one-output`
 */
export function requireOneOutput({ target }: Dataset): void {
  const { kind, names } = target
  if (kind === 'class' ? names.length === 2 : names.length === 1) return
  throw new RetortError({
    code: 'usage/one-output',
    message:
      kind === 'class'
        ? `the data have ${names.length} classes; a two-layer network has one output`
        : `the data have ${names.length} target columns; a two-layer network has one output`,
    why: 'Its target is one number, or two classes as −1 and +1.',
    hint:
      kind === 'class'
        ? `Choose one class against the others, e.g. --positive ${names[0]}, or a pair with --negative too.`
        : `Choose one column, e.g. --target ${names[0]}`,
    values: { targets: names.length },
  })
}

/** The settings of the fit with the preprocessing that inputs of this kind want: standard normals stay as they are. */
export function twoLayerFitSettings(dataset: Dataset, settings: FitSettings): FitSettings {
  const known = dataset.truth !== undefined && settings.preprocessing === 'auto'
  return { ...settings, ridge: 'auto', ...(known && { preprocessing: 'none' as const }) }
}

export interface TaskContext {
  readonly blas: Blas
  readonly watch: Watch
}

/** What the two-layer method sees: the examples that the fit used, preprocessed, one real target each. */
export async function twoLayerTask(
  dataset: Dataset,
  fit: Fit,
  settings: FitSettings,
  { blas, watch }: TaskContext,
  reuse?: TwoLayerPoints,
): Promise<TwoLayerTask> {
  const { target, inputShape, truth } = dataset
  const [negative, positive] = target.names
  const { statistics, preprocessing } = fit
  return {
    blas,
    passes: await trainingPasses(dataset, fit, settings, { blas, watch }),
    count: statistics.count,
    target,
    inputShape,
    preprocessing,
    seed: settings.seed,
    provenance: statistics.provenance,
    watch,
    ...(target.kind === 'class' && { classes: { positive, negative } }),
    ...(truth && preprocessing.name === 'none' && { subspace: truth.basis }),
    ...(reuse && { reuse }),
  }
}

/** Passes over the training examples; where no test split scores, without those that are held out. */
async function trainingPasses(
  dataset: Dataset,
  fit: Fit,
  { seed, holdOut }: FitSettings,
  { blas, watch }: TaskContext,
): Promise<Passes> {
  const { refitted, preprocessing, statistics } = fit
  const { train, test } = dataset.splits
  const width = inputSize(dataset)
  const fraction = holdOutFraction(holdOut, test !== undefined)
  const isHeldOut = holdOutMembership({ seed, fraction }, train.count)
  const leftOut = refitted ? () => false : isHeldOut
  async function* read() {
    for await (const batch of train.batches({ size: blockRows, signal: watch.signal })) {
      const kept = without(batch, width, leftOut)
      if (kept.count > 0) yield kept
    }
  }
  const streamed: Passes = async function* () {
    for await (const batch of read()) {
      const inputs = await preprocess(batch.inputs, batch.count, width, preprocessing, blas)
      yield { inputs, targets: signedTargets(batch) }
    }
  }
  if (statistics.count * width > keptValues) return streamed
  const known = knownExamples(dataset, fit, isHeldOut, blockRows)
  const inputs = matrix(statistics.count, width)
  const targets = new Float64Array(statistics.count)
  let row = 0
  for await (const batch of known ?? read()) {
    const into = inputs.data.subarray(row * width, (row + batch.count) * width)
    const { data } = await preprocess(batch.inputs, batch.count, width, preprocessing, blas, into)
    if (data !== into) into.set(data)
    targets.set(signedTargets(batch), row)
    row += batch.count
  }
  return examplesInMemory(inputs, targets, blockRows)
}

function without(batch: Batch, width: number, isHeldOut: (index: number) => boolean): Batch {
  const rows = Array.from({ length: batch.count }, (_, i) => i).filter((i) => !isHeldOut(batch.start + i))
  if (rows.length === batch.count) return batch
  const inputs = batch.inputs.slice(0, rows.length * width)
  const targets = batch.targets.slice(0, rows.length)
  rows.forEach((row, i) => {
    inputs.set(batch.inputs.subarray(row * width, (row + 1) * width), i * width)
    targets[i] = batch.targets[row]
  })
  return { start: batch.start, count: rows.length, inputs, targets }
}

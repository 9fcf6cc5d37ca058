import type { MeasuredClaim } from '#core/certificate'
import type { Dataset } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { Watch } from '#core/progress'
import type { TwoLayerTraining } from '#core/two-layer-training'
import type { StoredArtefact } from '#artefact/read'
import { measureTwoLayer } from '#certify/two-layer/measures'
import type { TwoLayerComparison } from '#evaluate/two-layer/compare'
import type { Blas } from '#linalg/blas'
import { recordedOptions } from '#methods/two-layer/preconditions'
import type { Fit } from '../fit.ts'
import { fitOriginal } from '../fit.ts'
import { recordedSettings } from '../recompute.ts'
import type { FitSettings } from '../settings.ts'
import { createStopwatch } from '../stopwatch.ts'
import type { CompareSettings } from './distill.ts'
import { compareOn, measuredStudents, signalOf } from './distill.ts'
import { runTwoLayer } from './run-steps.ts'
import { requireOneOutput, twoLayerFitSettings, twoLayerTask } from './task.ts'

type Artefact = StoredArtefact<TwoLayerTraining>
interface Context {
  readonly blas: Blas
  readonly watch: Watch
}

/**
 * The pass over the data of an artefact again, with its recorded settings.
 * @throws RetortError `check/other-data` when the data do not have the shape of the points
 */
export async function fitAgain(
  dataset: Dataset,
  artefact: Artefact,
  { blas, watch }: Context,
): Promise<{ fit: Fit; settings: FitSettings }> {
  requireOneOutput(dataset)
  const { set } = artefact
  if (dataset.inputShape.join() !== set.inputShape.join() || dataset.target.kind !== set.target.kind) {
    throw new RetortError({
      code: 'check/other-data',
      message: `The data have ${dataset.inputShape.join(' × ')} inputs and a ${dataset.target.kind} target; the artefact was made from ${set.inputShape.join(' × ')} and ${set.target.kind}`,
      why: 'Only the data that the artefact was made from can confirm it.',
      hint: 'Give the same data, and --target or --positive if they were given then.',
    })
  }
  const settings = twoLayerFitSettings(dataset, recordedSettings(artefact))
  return {
    fit: await fitOriginal(dataset, settings, { blas, watch, stopwatch: createStopwatch() }),
    settings,
  }
}

/** The whole claim measured on the data again: students, and the curvature that the method saw. */
export async function remeasureTwoLayer(
  dataset: Dataset,
  artefact: Artefact,
  context: Context,
): Promise<MeasuredClaim> {
  const { blas, watch } = context
  const { set } = artefact
  const { fit, settings } = await fitAgain(dataset, artefact, context)
  const task = await twoLayerTask(dataset, fit, settings, context)
  const compared = await compareOn(
    dataset,
    fit,
    set,
    task,
    { seed: settings.seed, baselines: false },
    context,
  )
  const curvature =
    typeof set.options.curvature === 'number'
      ? signalOf(
          await runTwoLayer(task, recordedOptions(set), watch, {
            until: ({ stage }) => stage !== 'points' && stage !== 'linear part',
          }),
        )
      : undefined
  return measureTwoLayer(artefact, blas, {
    ...measuredStudents(set, compared, curvature),
    source: { provenance: fit.statistics.provenance, examples: fit.statistics.count },
  })
}

/** Students of any width and seed beside the references, on the data of an artefact. */
export async function evaluateTwoLayer(
  dataset: Dataset,
  artefact: Artefact,
  settings: Omit<CompareSettings, 'seed'>,
  context: Context,
): Promise<TwoLayerComparison> {
  const { fit, settings: fitting } = await fitAgain(dataset, artefact, context)
  const task = await twoLayerTask(dataset, fit, fitting, context)
  return compareOn(dataset, fit, artefact.set, task, { seed: fitting.seed, ...settings }, context)
}

import { z } from 'zod'
import type { Dataset } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { Watch } from '#core/progress'
import type { StoredArtefact } from '#artefact/read'
import { loadFeatures } from '#features/stored'
import type { Blas } from '#linalg/blas'
import { promisedModel } from '#methods/ridge/promised-model'
import type { RidgeModel } from '#models/ridge-model'
import type { Fit } from './fit.ts'
import { fitOriginal } from './fit.ts'
import { fitOnFeatures } from './fit-features.ts'
import type { FitSettings } from './settings.ts'
import { fitSettings, inputSettings } from './settings.ts'
import { createStopwatch } from './stopwatch.ts'

const recordedSchema = z.object({ ...fitSettings, ...inputSettings })

/** The settings of the fit and of the input that an artefact records. */
export function recordedSettings({ run }: StoredArtefact): z.output<typeof recordedSchema> {
  const given = Object.fromEntries(Object.entries(run.settings).filter(([, value]) => value !== null))
  const parsed = recordedSchema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new RetortError({
    code: 'artefact/corrupt',
    message: `run.json records settings that cannot be repeated: ${parsed.error.issues[0].path.join('.')}: ${parsed.error.issues[0].message}`,
    hint: 'Make the artefact again with: retort distill',
  })
}

/**
 * The original model of an artefact, fitted again from data with the recorded settings and the λ that they led to.
 * @throws RetortError `check/other-data` when the data do not have the shape of the artefact's points
 */
export async function refit(
  dataset: Dataset,
  artefact: StoredArtefact,
  { blas, watch }: { blas: Blas; watch: Watch },
): Promise<{ fit: Fit; model: RidgeModel; settings: FitSettings }> {
  const { set, run } = artefact
  const expected = `${set.inputShape.join(' × ')} inputs, ${set.target.names.length} targets`
  const found = `${dataset.inputShape.join(' × ')} inputs, ${dataset.target.names.length} targets`
  if (expected !== found || dataset.target.kind !== set.target.kind) {
    throw new RetortError({
      code: 'check/other-data',
      message: `The data have ${found}; the artefact was made from ${expected}`,
      why: 'Only the data that the artefact was made from can confirm it.',
      hint: 'Give the same data, and --target if it was given then.',
      values: { expected, found },
    })
  }
  const recorded = recordedSettings(artefact)
  const { originalRidge } = run.settings
  const ridge = typeof originalRidge === 'number' ? originalRidge : recorded.ridge
  const context = { blas, watch, stopwatch: createStopwatch() }
  const settings = { ...recorded, ridge }
  const fit = await (set.features
    ? fitOnFeatures(dataset, settings, await loadFeatures(set.features, blas), context)
    : fitOriginal(dataset, settings, context))
  const { model, statistics } = fit
  const promised = promisedModel(
    { model, statistics, target: dataset.target },
    set.options.centredModel === true,
  )
  return { fit, model: promised, settings: recorded }
}

import type { Certificate, RidgeClaim } from '#core/certificate'
import type { RidgeSet } from '#core/distilled-set'
import type { Comparison } from '#core/evaluation'
import { sha256Hex } from '#core/hash'
import type { Watch } from '#core/progress'
import { outputFolder } from '#artefact/output-folder'
import { requireRidge } from '#artefact/read'
import { stageArtefact } from '#artefact/stage'
import { certify } from '#certify/certify'
import type { Blas } from '#linalg/blas'
import type { RidgeTask } from '#methods/ridge-task'
import { closedFormCost } from './cost.ts'
import { createFeatures } from './features.ts'
import { fitOnFeatures } from './fit-features.ts'
import { fitOriginal } from './fit.ts'
import { givenFor } from './given-points.ts'
import { withMethod } from './method-choice.ts'
import { otherModels } from './other-models.ts'
import type { DistillRequest } from './request.ts'
import { ridgeTask } from './ridge-task.ts'
import { describeRun } from './run-description.ts'
import { runMethod } from './run-method.ts'
import { compareModels, keptSplit, scoringSplit, warningsOf } from './scoring.ts'
import { stepsFileBeside } from './steps-file.ts'
import { createStopwatch, peakMemoryBytes } from './stopwatch.ts'
import { checkStorage, inStorage } from './storage.ts'
import { version } from './version.ts'

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
  checkStorage(artefact.storage, request)
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
  const { set: made, operations } = await stopwatch.time('distill', () =>
    withMethod(request.method, (method) => runMethod(method, request.methodOptions, task, steps, watch)),
  )
  const { set, errors } = await stopwatch.time('storage', () => inStorage(made, artefact, blas))
  watch.signal?.throwIfAborted()
  const staged = await stopwatch.time('write', () =>
    stageArtefact(output, {
      set,
      storage: artefact.storage,
      run: describeRun(
        request,
        fit,
        closedFormCost(fit.statistics, set.points.rows, fit.searched, fit.features, operations),
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
    const split = keptSplit(scoringSplit(dataset, fit))
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
        split,
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

/** The same for the same data, method and settings, whatever the budget of a search. */
function searchIdentity(
  { method, methodOptions, input, fit, features }: DistillRequest,
  { statistics, seed, inputShape, target, blas }: RidgeTask,
): string {
  const options = { ...methodOptions, restarts: undefined, steps: undefined, seconds: undefined }
  const about = [version, method, options, input, fit, features, statistics.provenance, seed]
  return sha256Hex(JSON.stringify([...about, inputShape, target, blas.description, blas.threads]))
}

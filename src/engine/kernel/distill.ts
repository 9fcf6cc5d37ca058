import type { Certificate, MeasuredClaim } from '#core/certificate'
import { inputSize } from '#core/dataset'
import type { Comparison } from '#core/evaluation'
import { sha256Hex } from '#core/hash'
import type { Watch } from '#core/progress'
import { randomStream } from '#core/random'
import { outputFolder } from '#artefact/output-folder'
import { stageArtefact } from '#artefact/stage'
import { measureKernel, requireKernel } from '#certify/kernel-claim'
import type { Blas } from '#linalg/blas'
import type { KernelSet, KernelTask } from '#methods/kernel-task'
import { kip } from '#methods/kip'
import type { KipOptions } from '#methods/kip/options'
import { kipVariantOf, seesExamples } from '#methods/kip/options'
import { dependsOnSteps } from '#methods/kip/schedule'
import type { LabelSolveOptions } from '#methods/kernel-label-solve'
import { labelSolve } from '#methods/kernel-label-solve'
import type { Fit } from '../fit.ts'
import { createFeatures } from '../features.ts'
import { fitOriginal } from '../fit.ts'
import { fitOnFeatures } from '../fit-features.ts'
import type { MappedRequest } from '../request.ts'
import { describeRun } from '../run-description.ts'
import { warningsOf } from '../scoring.ts'
import { requireFloatStorage } from '../storage.ts'
import { createStopwatch, peakMemoryBytes } from '../stopwatch.ts'
import { version } from '../version.ts'
import { kernelCost } from './cost.ts'
import { compareKernelModels, examplesOf, findingsOf } from './findings.ts'
import { preparedExamples } from './prepared-examples.ts'
import { runSteps, saveVariables } from './run-steps.ts'
import { stepsFileBeside } from '../steps-file.ts'

export type KernelMethod =
  | { readonly method: 'kip'; readonly methodOptions: KipOptions }
  | { readonly method: 'label-solve'; readonly methodOptions: LabelSolveOptions }

export type KernelRequest = MappedRequest & KernelMethod

export interface KernelResult {
  readonly set: KernelSet
  readonly certificate: Certificate<MeasuredClaim>
  readonly comparison: Comparison
  readonly seconds: Readonly<Record<string, number>>
  readonly peakMemoryBytes: number
}

/**
 * The corridor of kernel methods: one pass for preprocessing and the linear model, one for the examples, the steps, then
 * what was written is trained, measured, scored beside real examples under the same kernel, and sealed. A run that is
 * stopped leaves its state beside the output and goes on from there to the same bytes.
 * @throws RetortError from every room, with the exit code of its family
 */
export async function distillKernel(
  request: KernelRequest,
  { blas, watch = {} }: { blas: Blas; watch?: Watch },
): Promise<KernelResult> {
  const { dataset, output, artefact, fit: settings } = request
  const stopwatch = createStopwatch()
  const context = { blas, watch }
  requireFloatStorage(artefact.storage, request.method)
  await outputFolder(output, artefact.force)
  const features = await createFeatures(request.features, dataset.inputShape, settings.seed, blas)
  const fitting = { blas, watch, stopwatch, output }
  const fit = await (features
    ? fitOnFeatures(dataset, settings, features, fitting)
    : fitOriginal(dataset, settings, fitting))
  const task = await stopwatch.time('read', () => kernelTask(request, fit, context))
  const steps = stepsFileBeside(output, identityOf(request, task, blas))
  const set = await stopwatch.time('distill', () => runMethod(request, task, steps, watch))
  const cost = kernelCost(set, request, fit.statistics.count)
  const staged = await stopwatch.time('write', () =>
    stageArtefact(output, {
      set,
      storage: artefact.storage,
      run: describeRun(request, fit, cost, blas, artefact.timings ? stopwatch : undefined),
      blas,
      pixelRange: dataset.elementType === 'uint8' ? [0, 255] : undefined,
      overwrite: artefact.force,
    }),
  )
  try {
    const stored = requireKernel(await stopwatch.time('write', () => staged.read()))
    const measured = await stopwatch.time('certify', () => measureKernel(stored, blas))
    const comparison = await stopwatch.time('evaluate', () =>
      compareKernelModels(
        { dataset, seed: settings.seed, baselines: artefact.baselines },
        fit,
        measured.model,
        context,
      ),
    )
    const claim = await stopwatch.time('certify', async () =>
      measured.claim(await findingsOf(measured.model, task.examples, comparison, task.provenance, context)),
    )
    watch.signal?.throwIfAborted()
    const certificate = await stopwatch.time('write', async () => {
      // A plotting library is behind it, which takes a quarter of a second to load.
      const { kernelSections } = await import('#artefact/report/kernel-sections')
      const sections = kernelSections(stored.set)
      await staged.addReport({ claim, comparison, warnings: warningsOf(dataset, fit), sections })
      return staged.commit(claim)
    })
    await steps.remove()
    const seconds = stopwatch.seconds()
    return { set: stored.set, certificate, comparison, seconds, peakMemoryBytes: peakMemoryBytes() }
  } finally {
    await staged.discard()
  }
}

async function kernelTask(
  { dataset, fit: settings, ...method }: KernelRequest,
  fit: Fit,
  context: { blas: Blas; watch: Watch },
): Promise<KernelTask> {
  const read = await examplesOf(dataset, settings, fit, context)
  const drawn =
    method.method === 'kip' && seesExamples(kipVariantOf(method.methodOptions, fit.features !== undefined))
  const examples = drawn ? await preparedExamples(read, inputSize(dataset), context.watch) : read
  const { target, inputShape } = dataset
  const { provenance } = fit.statistics
  const { preprocessing } = fit
  const { features: map, statistics } = fit
  return {
    blas: context.blas,
    examples,
    target,
    inputShape,
    preprocessing,
    seed: settings.seed,
    provenance,
    ...(map && { features: { map, statistics } }),
  }
}

async function runMethod(
  request: KernelRequest,
  task: KernelTask,
  steps: ReturnType<typeof stepsFileBeside>,
  watch: Watch,
): Promise<KernelSet> {
  const streams = (...tags: (string | number)[]) => randomStream(task.seed, request.method, ...tags)
  if (request.method === 'label-solve') {
    return labelSolve.finish(await labelSolve.init(task, request.methodOptions, streams), watch)
  }
  const state = await kip.init(task, request.methodOptions, streams)
  const done = await runSteps(state, steps, watch)
  // Scores are still to come, and may be stopped as well.
  await saveVariables(steps, done)
  return kip.finish(done, watch)
}

/**
 * The same for the same data, method and settings, whatever the number of steps: more of them go on from those that were
 * taken, unless the schedule spreads over all of them.
 */
function identityOf({ input, fit, features, ...chosen }: KernelRequest, task: KernelTask, blas: Blas) {
  const { provenance, seed, examples, inputShape, target } = task
  const { method, methodOptions } = chosen
  const spread = chosen.method === 'kip' && dependsOnSteps(chosen.methodOptions.schedule)
  const options = spread ? methodOptions : { ...methodOptions, steps: undefined }
  const about = [version, method, options, input, fit, features, provenance, seed, examples.count]
  return sha256Hex(JSON.stringify([...about, inputShape, target, blas.description, blas.threads]))
}

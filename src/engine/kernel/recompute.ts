import type { MeasuredClaim } from '#core/certificate'
import type { Dataset } from '#core/dataset'
import type { Comparison } from '#core/evaluation'
import type { KernelTraining } from '#core/kernel-training'
import type { Watch } from '#core/progress'
import type { StoredArtefact } from '#artefact/read'
import { measureKernel } from '#certify/kernel-claim'
import type { Blas } from '#linalg/blas'
import { refit } from '../recompute.ts'
import { compareKernelModels, examplesOf, findingsOf } from './findings.ts'

/** A stored set for kernel regression, trained and scored again. */
export async function recompareKernel(
  dataset: Dataset,
  artefact: StoredArtefact<KernelTraining>,
  baselines: boolean,
  context: { blas: Blas; watch: Watch },
): Promise<Comparison> {
  const { fit, settings } = await refit(dataset, artefact, context)
  const { model } = await measureKernel(artefact, context.blas)
  return compareKernelModels({ dataset, seed: settings.seed, baselines }, fit, model, context)
}

/** What the certificate of a set for kernel regression states, measured again; with the data where they are given. */
export async function remeasureKernel(
  artefact: StoredArtefact<KernelTraining>,
  dataset: Dataset | undefined,
  context: { blas: Blas; watch: Watch },
): Promise<MeasuredClaim> {
  const { model, claim } = await measureKernel(artefact, context.blas)
  if (dataset === undefined) return claim()
  const { fit, settings } = await refit(dataset, artefact, context)
  const examples = await examplesOf(dataset, settings, fit, context)
  const scored = { dataset, seed: settings.seed, baselines: false }
  const comparison = await compareKernelModels(scored, fit, model, context)
  return claim(await findingsOf(model, examples, comparison, fit.statistics.provenance, context))
}

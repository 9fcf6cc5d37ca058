import type { Dataset } from '#core/dataset'
import type { Comparison } from '#core/evaluation'
import type { Watch } from '#core/progress'
import type { KernelFindings } from '#certify/kernel-claim'
import { compareKernel } from '#evaluate/compare-kernel'
import type { Blas } from '#linalg/blas'
import { lossOnAll } from '#methods/kernel-set'
import type { Examples } from '#methods/kip/support'
import type { KernelModel } from '#models/kernel-ridge'
import { holdOutMembership } from '#statistics/hold-out'
import { scoredBeside, scoringSplit } from '../scoring.ts'
import type { Fit } from '../fit.ts'
import type { FitSettings } from '../settings.ts'
import { holdOutFraction } from '../settings.ts'
import { trainingExamples } from './examples.ts'

/** The training examples that the model was fitted on: all, or all but those that are held out. */
export function examplesOf(
  dataset: Dataset,
  settings: FitSettings,
  { preprocessing, refitted }: Fit,
  { blas, watch }: { blas: Blas; watch: Watch },
): Promise<Examples> {
  const { train, test } = dataset.splits
  const fraction = holdOutFraction(settings.holdOut, test !== undefined)
  const excluded = refitted ? undefined : holdOutMembership({ seed: settings.seed, fraction }, train.count)
  return trainingExamples(dataset, { preprocessing, excluded }, blas, watch)
}

/** Scores of a kernel model beside those of real examples under the same kernel. */
export function compareKernelModels(
  scored: { dataset: Dataset; seed: number; baselines: boolean },
  fit: Fit,
  distilled: KernelModel,
  { blas, watch }: { blas: Blas; watch: Watch },
): Promise<Comparison> {
  const beside = scoredBeside(scored, fit, scoringSplit(scored.dataset, fit))
  return compareKernel({ ...beside, distilled, points: distilled.points.rows, blas }, watch)
}

/** What the certificate states of the data: loss on all examples and the score of the comparison. */
export async function findingsOf(
  model: KernelModel,
  examples: Examples,
  { rows, split }: Comparison,
  provenance: string,
  { blas, watch }: { blas: Blas; watch: Watch },
): Promise<KernelFindings> {
  const row = rows.find(({ name }) => name === 'distilled')
  if (row === undefined) throw new RangeError('the comparison lacks the distilled model')
  const loss = await lossOnAll(model, examples, blas, watch)
  return { loss, score: row.score, split, examples: examples.count, provenance }
}

import type { DistilledSet, Training } from '#core/distilled-set'
import { isTwoLayerSet } from '#core/distilled-set'
import { twoLayerLimits } from './two-layer/limits.ts'

/** What the set does not do, in plain sentences, for its card and its report. */
export function limitsOf(set: DistilledSet): string[] {
  if (isTwoLayerSet(set)) return twoLayerLimits(set)
  const { training, labels, target } = set
  return [
    coverText(
      training,
      set.features ? `the features (${set.features.id}) of preprocessed inputs` : 'preprocessed inputs',
    ),
    privacyText(set),
    ...(target.kind === 'class' && isSoft(labels.data)
      ? [
          'Its labels are real numbers, not probabilities: they may be negative and need not sum to one. Do not round, clip or normalise them.',
        ]
      : []),
    'Points must be used as they are stored. Converted to 8-bit images or to half precision they no longer give the same model; the pictures are for looking only.',
  ]
}

function coverText(training: Training, inputs: string): string {
  switch (training.kind) {
    case 'ridge':
      return training.originalRidge === 'all'
        ? `It replaces the data for ridge regression on ${inputs}, ${interceptText(training.intercept)}, at every λ. Other models trained on it are not covered.`
        : `It replaces the data for one model: ridge regression on ${inputs}, ${interceptText(training.intercept)}, with λ_S = ${training.ridge}. Another λ or another kind of model trained on it is not covered.`
    case 'kernel':
      return `It was made for one kernel (${training.kernel.id}) and λ_S = ${training.ridge}. No theorem says that its model is that of the whole data; how good it is was measured.`
    case 'two-layer':
      return 'It was made for two-layer ReLU networks trained as its schedule says. No theorem says that such a network is that of the whole data; how good it is was measured.'
  }
}

function privacyText(set: DistilledSet): string {
  const { references, training, options } = set
  if (showsExamples(set)) {
    return 'Privacy: its points are real training examples as they are. Publish it only where those may be published.'
  }
  if (options.pointsFrom === 'given') {
    return 'Privacy: its points are those of an earlier set, and show what that one shows.'
  }
  if (references) {
    return 'Privacy: it shows the real examples that its points stay near. Publish it only where those may be published.'
  }
  if (training.kind !== 'ridge') {
    return 'Privacy: what its points reveal of single examples was not examined. It is not differentially private.'
  }
  if (training.originalRidge === 'all') {
    return 'Privacy: it reveals the second moments of the data (S and C). It is not differentially private.'
  }
  return 'Privacy: it reveals the model W and nothing else about the data; what W itself reveals, it reveals too. It is not differentially private.'
}

/** Whether the points are training examples, which a method labelled and did not move. */
export function showsExamples({ method, options }: DistilledSet): boolean {
  const { pointsFrom } = options
  return (
    method === 'label-solve' ||
    (typeof pointsFrom === 'string' && pointsFrom !== 'gaussian' && pointsFrom !== 'given')
  )
}

function interceptText(intercept: boolean): string {
  return intercept ? 'with an unpenalised intercept' : 'without an intercept'
}

function isSoft(labels: Float64Array): boolean {
  return labels.some((value) => value !== 0 && value !== 1)
}

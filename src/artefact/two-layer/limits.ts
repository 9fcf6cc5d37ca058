import { preprocessingTitle } from '#core/dataset'
import type { TwoLayerSet } from '#core/distilled-set'

/** What a two-layer set does not do, in plain sentences. */
export function twoLayerLimits({ training, preprocessing }: TwoLayerSet): string[] {
  const { initialisation, width } = training
  return [
    `It replaces the data for one way of training: two-layer ReLU networks on inputs preprocessed with '${preprocessingTitle(preprocessing)}', ` +
      'one step of the first layer from the symmetric initialisation, then the second layer to convergence. Other networks or other ways of training are not covered.',
    initialisation === 'any'
      ? `Its labels were made for networks of width ${width} on average over initialisations; narrower ones do worse.`
      : `Its labels serve one initialisation only (seed ${initialisation.seed}, width ${width}); on another they can be wrong by many times the variance of the targets.`,
    'The claim is measured, not proven: no theorem with explicit constants is known for it. The figures are those of fresh networks on the scored split, and another split gives others.',
    'The first step sees the target through its curvature E ∇²f*. Directions in which that vanishes are found by refinement or not at all.',
    'Privacy: the points are weighted sums of the inputs, and the labels and the linear part are fitted to the targets. It is not differentially private.',
    'Labels are real numbers, not probabilities or classes: do not round or clip them.',
  ]
}

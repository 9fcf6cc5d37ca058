import { z } from 'zod'
import type { TwoLayerTraining } from '#core/two-layer-training'

/** What of a two-layer training is no array. */
export const twoLayerTrainingSchema = z.strictObject({
  kind: z.literal('two-layer'),
  activation: z.literal('relu'),
  width: z.int().min(2).multipleOf(2),
  step: z.number().positive(),
  tied: z.boolean(),
  ridge: z.number().positive(),
  initialisation: z.union([z.literal('any'), z.strictObject({ seed: z.int() })]),
  secondPoints: z.strictObject({
    seed: z.int(),
    count: z.int().min(0),
    spread: z.number().positive(),
    mode: z.enum(['span', 'full']),
    pivots: z.array(z.int().min(0)),
  }),
  offset: z.number(),
  classes: z.strictObject({ positive: z.string(), negative: z.string() }).optional(),
  witness: z.strictObject({ seed: z.int(), count: z.int().positive() }).optional(),
})

export type TwoLayerMetadata = z.output<typeof twoLayerTrainingSchema>

export function twoLayerMetadata(training: TwoLayerTraining): TwoLayerMetadata {
  const { kind, activation, width, step, tied, ridge, initialisation, secondPoints, offset } = training
  const { classes, witness } = training
  const { seed, count, spread, mode, pivots } = secondPoints
  return {
    kind,
    activation,
    width,
    step,
    tied,
    ridge,
    initialisation: initialisation === 'any' ? initialisation : { seed: initialisation.seed },
    secondPoints: { seed, count, spread, mode, pivots: [...pivots] },
    offset,
    ...(classes && { classes: { positive: classes.positive, negative: classes.negative } }),
    ...(witness && { witness: { seed: witness.seed, count: witness.predictions.length } }),
  }
}

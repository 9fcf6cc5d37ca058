import { z } from 'zod'

/** What a user may set for `ridge`; the names are the flags of `retort distill`. */
export const ridgeOptions = z.strictObject({
  points: z
    .int()
    .min(1)
    .optional()
    .describe('number of points m (default: one per class; real targets: rank of the model)'),
  ipc: z.int().min(1).optional().describe('points per class; another way to give --points'),
  variant: z
    .enum(['noise', 'realistic', 'd-set', 'paper-noise', 'paper-realistic'])
    .default('noise')
    .describe('points: noise; near real examples; or exact for every λ (d-set); paper-*: as published'),
  ridgeDistilled: z
    .number()
    .min(0)
    .optional()
    .describe('λ_S that the set is to be trained with (default: 0; d-set: λ of the original)'),
  labelEncoding: z
    .enum(['one-hot', 'centred', 'soft'])
    .optional()
    .describe('labels of the points (default: one-hot for noise where it can carry the model, else soft)'),
  roots: z
    .enum(['nearest', 'plus', 'minus'])
    .default('nearest')
    .describe('root for λ_S > 0 with fixed labels; nearest: to the real examples, else plus'),
  onBound: z
    .enum(['refuse', 'scale', 'soft'])
    .default('refuse')
    .describe('λ_S above its bound: refuse, scale the labels, or solve soft labels'),
  allowFewer: z
    .boolean()
    .default(false)
    .describe('build the best approximation where the points are too few to be exact'),
  noiseSize: z
    .number()
    .gt(0)
    .default(1)
    .describe('size of the noise; 1: the smallest that costs no conditioning'),
  conditioning: z
    .number()
    .gt(0)
    .default(0.4)
    .describe(
      'realistic: shortest direction that carries the model, in units of the rms pixel; smaller: nearer',
    ),
})

export type RidgeOptions = z.output<typeof ridgeOptions>
export type RidgeVariant = RidgeOptions['variant']
export type LabelEncoding = NonNullable<RidgeOptions['labelEncoding']>

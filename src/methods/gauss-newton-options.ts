import { z } from 'zod'

/** What a user may set for `gauss-newton`; the names are the flags of `retort distill`. */
export const gaussNewtonOptions = z.strictObject({
  points: z
    .int()
    .min(1)
    .optional()
    .describe('number of points m (default: half more than the dimension count allows, which is found soon)'),
  shrink: z.boolean().default(false).describe('go on with one point less for as long as points are found'),
  ridgeDistilled: z.number().min(0).default(0).describe('λ_S that the set is to be trained with'),
  restarts: z.int().min(1).optional().describe('starts for every number of points (default: 25)'),
  steps: z.int().min(1).optional().describe('steps of one start (default: 300)'),
  seconds: z.number().gt(0).optional().describe('time after which the search gives up'),
})

export type GaussNewtonOptions = z.output<typeof gaussNewtonOptions>

/** What counts where nothing is set. */
export const usualRestarts = 25
export const usualSteps = 300

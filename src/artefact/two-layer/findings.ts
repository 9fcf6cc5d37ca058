import { z } from 'zod'

const values = z.array(z.number())

/** `twoLayer` of run.json. */
export const twoLayerFindingsSchema = z.strictObject({
  trace: z.array(
    z.strictObject({
      phase: z.enum(['points', 'refinement', 'labels']),
      step: z.int(),
      energy: z.number().optional(),
      loss: z.number().optional(),
    }),
  ),
  angles: values.optional(),
  students: z.array(z.strictObject({ width: z.int(), seed: z.int(), relativeError: z.number() })),
  learned: z
    .strictObject({
      directions: z.union([z.literal(1), z.literal(2)]),
      axis: values,
      teacher: values,
      student: values,
      truth: values.optional(),
    })
    .optional(),
  memory: z.array(z.strictObject({ name: z.string(), floats: z.number(), relativeError: z.number() })),
})

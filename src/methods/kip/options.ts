import { z } from 'zod'
import { kernelOptions } from '../kernel-options.ts'
import { schedules } from './schedule.ts'

export const kipVariants = ['batches', 'statistics', 'authors', 'authors-statistics'] as const

/** What a user may set for `kip`; the names are the flags of `retort distill`. */
export const kipOptions = z.strictObject({
  ...kernelOptions,
  variant: z
    .enum(kipVariants)
    .optional()
    .describe(
      'loss: batches of examples; statistics of features (default with --features); authors: labels solved at every step',
    ),
  steps: z.int().min(0).default(1000).describe('steps of the optimiser'),
  batch: z.int().min(1).default(5000).describe('real examples of one step, balanced over classes'),
  learningRate: z
    .number()
    .gt(0)
    .optional()
    .describe('step length of Adam (default: 0.04; variant authors: 0.01)'),
  schedule: z
    .enum(schedules)
    .default('constant')
    .describe('learning rate: constant, or from step to step along a cosine down to 0'),
  learnLabels: z.boolean().default(false).describe('move the labels of the points as well'),
})

export type KipOptions = z.output<typeof kipOptions>
export type KipVariant = (typeof kipVariants)[number]

/** As given, or what the kernel allows. */
export function kipVariantOf({ variant }: Pick<KipOptions, 'variant'>, onFeatures: boolean): KipVariant {
  return variant ?? (onFeatures ? 'statistics' : 'batches')
}

/** Whether steps draw examples, and are not taken from statistics alone. */
export function seesExamples(variant: KipVariant): boolean {
  return variant === 'batches' || variant === 'authors'
}

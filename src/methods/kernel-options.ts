import { z } from 'zod'
import { RetortError } from '#core/errors'
import type { FeatureMap } from '#features/feature-map'
import type { DifferentiableFeatures } from '#kernels/features'
import { createKernel } from '#kernels/index'
import type { Kernel } from '#kernels/kernel'
import { medianDistance } from '#kernels/median-distance'
import type { KernelTask } from './kernel-task.ts'

/** What a user may set of the kernel; the names are flags of `retort distill`. */
export const kernelOptions = {
  kernel: z
    .enum(['rbf', 'nngp', 'ntk', 'features'])
    .optional()
    .describe('kernel of the regression (default: features where --features is given, else ntk)'),
  kernelDepth: z.int().min(1).max(16).default(1).describe('hidden layers of the network behind nngp and ntk'),
  kernelSigma: z
    .number()
    .gt(0)
    .optional()
    .describe('length scale of rbf (default: median distance of examples)'),
  ridgeShare: z
    .number()
    .gt(0)
    .default(1e-6)
    .describe('λ of the kernel regression as a share of the mean diagonal of K_SS'),
  points: z.int().min(1).optional().describe('number of points m (default: one per class, real targets 10)'),
  ipc: z.int().min(1).optional().describe('points per class; another way to give --points'),
}

export type KernelOptions = z.output<z.ZodObject<typeof kernelOptions>>

/**
 * The kernel that the options ask for.
 * @throws RetortError `usage/kernel-features` where kernel and features do not go together, `usage/no-distance`
 */
export async function resolveKernel(options: KernelOptions, task: KernelTask): Promise<Kernel> {
  const id = options.kernel ?? (task.features ? 'features' : 'ntk')
  if (id === 'features') {
    if (task.features) return createKernel({ id, parameters: {} }, differentiable(task.features.map))
    throw mismatch('--kernel features needs a feature map', 'Name one, e.g. --features dense.')
  }
  if (task.features) {
    throw mismatch(
      `--kernel ${id} and --features ${task.features.map.id} are two kernels`,
      'Leave one of them out.',
    )
  }
  if (id !== 'rbf') return createKernel({ id, parameters: { depth: options.kernelDepth } })
  return createKernel({ id, parameters: { sigma: options.kernelSigma ?? (await usualSigma(task)) } })
}

/** @throws RetortError `usage/no-derivative` for a map without one */
export function differentiable(map: FeatureMap): DifferentiableFeatures {
  const { forward, pullBack } = map
  if (pullBack) return { forward, pullBack }
  throw new RetortError({
    code: 'usage/no-derivative',
    message: `feature map ${map.id} has no derivative`,
    why: 'Points are moved along the gradient of the loss.',
    hint: 'Use --features dense, conv, fourier, linear-net or network.',
    values: { features: map.id },
  })
}

/** m: as given, or one per class. @throws RetortError `usage/points-and-ipc` */
export function pointCount(
  { points, ipc }: Pick<KernelOptions, 'points' | 'ipc'>,
  { target }: Pick<KernelTask, 'target'>,
): number {
  const classes = target.kind === 'class' ? target.names.length : undefined
  if (ipc === undefined) return points ?? classes ?? 10
  if (classes === undefined) {
    throw new RetortError({
      code: 'usage/ipc-without-classes',
      message: `--ipc ${ipc} counts points per class, but the target is a number`,
      hint: `Use --points ${ipc}.`,
    })
  }
  if (points !== undefined && points !== ipc * classes) {
    throw new RetortError({
      code: 'usage/points-and-ipc',
      message: `--points ${points} and --ipc ${ipc} disagree: there are ${classes} classes`,
      hint: `Leave one out, or use --points ${ipc * classes}.`,
    })
  }
  return ipc * classes
}

async function usualSigma({ examples, seed, blas }: KernelTask): Promise<number> {
  const step = Math.max(1, Math.floor(examples.count / 1000))
  const count = Math.min(1000, examples.count)
  const sample = await examples.inputsAt(Uint32Array.from({ length: count }, (_, i) => i * step))
  return medianDistance(sample, seed, blas)
}

function mismatch(message: string, hint: string): RetortError {
  return new RetortError({ code: 'usage/kernel-features', message, hint })
}

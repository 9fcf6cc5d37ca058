import type { DistilledSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { KernelTraining } from '#core/kernel-training'
import { loadFeatures } from '#features/stored'
import { createKernel } from '#kernels/index'
import type { Kernel } from '#kernels/kernel'
import type { Blas } from '#linalg/blas'
import type { KernelModel } from './kernel-ridge.ts'
import { trainKernelRidge } from './kernel-ridge.ts'

/**
 * The kernel that a set was distilled for, as it is stored.
 * @throws RetortError `artefact/kernel`
 */
export async function kernelOfSet(
  { training, features }: Pick<DistilledSet<KernelTraining>, 'training' | 'features'>,
  blas: Blas,
): Promise<Kernel> {
  if (features === undefined) return createKernel(training.kernel)
  const { forward, pullBack = noDerivative } = await loadFeatures(features, blas)
  return createKernel(training.kernel, { forward, pullBack })
}

/** The model that the set trains, in float64. @throws RetortError `artefact/kernel`, `check/not-positive` */
export async function modelOfSet(set: DistilledSet<KernelTraining>, blas: Blas): Promise<KernelModel> {
  const { points, labels, training } = set
  const { ridge, labelOffset: offset } = training
  return trainKernelRidge(await kernelOfSet(set, blas), { points, labels, ridge, offset }, blas)
}

function noDerivative(): Promise<never> {
  return Promise.reject(
    new RetortError({
      code: 'usage/no-derivative',
      message: 'this feature map has no derivative',
      hint: 'Use another feature map.',
    }),
  )
}

import { RetortError } from '#core/errors'
import type { KernelDescription } from '#core/kernel-training'
import type { DifferentiableFeatures } from './features.ts'
import { featureKernel } from './features.ts'
import type { Kernel, KernelKind } from './kernel.ts'
import { nngp } from './nngp.ts'
import { ntk } from './ntk.ts'
import { rbf } from './rbf.ts'

/** Every kernel without a finite feature map, one row each; `features` makes one of any feature map. */
export const kernels: readonly KernelKind[] = [rbf, nngp, ntk]

/**
 * The kernel that a description was taken from.
 * @param features for `features`
 * @throws RetortError `artefact/kernel` where the parameters or the feature map do not fit
 */
export function createKernel(description: KernelDescription, features?: DifferentiableFeatures): Kernel {
  const { id, parameters } = description
  if (id === 'features') {
    if (features) return featureKernel(features)
    throw unfit(id, 'it needs a feature map that can be differentiated')
  }
  const kind = kernels.find((each) => each.id === id)
  if (kind === undefined) throw unfit(id, `there are ${kernels.map((each) => each.id).join(', ')}`)
  const checked = kind.parameters.safeParse(parameters)
  if (!checked.success) throw unfit(id, checked.error.issues.map((issue) => issue.message).join('; '))
  return kind.create(checked.data)
}

function unfit(id: string, fault: string): RetortError {
  return new RetortError({
    code: 'artefact/kernel',
    message: `kernel '${id}' cannot be made: ${fault}`,
    why: 'A set that was distilled for one kernel is worth little with another.',
    hint: 'Name the kernel as it was distilled for, with all of its parameters.',
    values: { kernel: id },
  })
}

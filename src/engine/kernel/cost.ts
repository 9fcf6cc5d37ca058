import type { KernelSet } from '#methods/kernel-task'
import type { Cost } from '../cost.ts'
import type { KernelMethod } from './distill.ts'

/**
 * Leading-order counts. A step of batches of b multiplies b × d by d × m three times (the kernel, once more for its
 * derivative, and back to the points) and solves for m points; a step from statistics multiplies k × p by p × p. The
 * loss on all n examples takes one more product.
 */
export function kernelCost(
  { points, labels, options, features }: KernelSet,
  run: KernelMethod,
  n: number,
): Cost {
  const [m, d, k] = [points.rows, points.cols, labels.cols]
  const p = features?.featureSize ?? d
  const final = 2 * n * m * d
  if (run.method === 'label-solve') {
    return { passes: 3, examplesRead: 3 * n, floatingPointOperations: 2 * final + 4 * n * m * m }
  }
  const steps = typeof options.steps === 'number' ? options.steps : 0
  const batch = typeof options.batch === 'number' ? Math.min(options.batch, n) : 0
  const step =
    batch > 0 ? 6 * batch * m * d + 4 * batch * m * k + (4 * m ** 3) / 3 : 2 * k * p * p + 6 * m * p * (m + d)
  return {
    passes: 3 + (steps * batch) / n,
    examplesRead: 3 * n + steps * batch,
    floatingPointOperations: Math.round(final + steps * step),
  }
}

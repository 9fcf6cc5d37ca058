import type { KernelSet } from '#methods/kernel-task'
import type { Cost } from '../cost.ts'
import type { KernelMethod } from './distill.ts'

/** What the work of a kernel method depends on. */
export interface KernelWork {
  readonly method: KernelMethod['method']
  readonly examples: number
  /** d, k and m. */
  readonly inputs: number
  readonly targets: number
  readonly points: number
  /** p, where there are features. */
  readonly features?: number
  readonly steps: number
  /** Examples of a step; 0 where it works from statistics. */
  readonly batch: number
}

/**
 * Leading-order counts. A step of batches of b multiplies b × d by d × m and back to the points, and solves for m
 * points; a step from statistics multiplies k × p by p × p. The loss on all n examples takes one more product.
 */
export function kernelWorkCost(work: KernelWork): Cost {
  const { method, examples: n, inputs: d, targets: k, points: m, features: p = d, steps } = work
  const final = 2 * n * m * d
  if (method === 'label-solve') {
    return { passes: 3, examplesRead: 3 * n, floatingPointOperations: 2 * final + 4 * n * m * m }
  }
  const batch = Math.min(work.batch, n)
  const step =
    batch > 0 ? 4 * batch * m * d + 4 * batch * m * k + (4 * m ** 3) / 3 : 2 * k * p * p + 6 * m * p * (m + d)
  return {
    passes: 3 + (steps * batch) / n,
    examplesRead: 3 * n + steps * batch,
    floatingPointOperations: Math.round(final + steps * step),
  }
}

export function kernelCost(
  { points, labels, options, features }: KernelSet,
  { method }: KernelMethod,
  examples: number,
): Cost {
  const count = (value: unknown) => (typeof value === 'number' ? value : 0)
  return kernelWorkCost({
    method,
    examples,
    inputs: points.cols,
    targets: labels.cols,
    points: points.rows,
    ...(features && { features: features.featureSize }),
    steps: count(options.steps),
    batch: count(options.batch),
  })
}

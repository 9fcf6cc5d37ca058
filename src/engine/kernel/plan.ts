import type { Dataset } from '#core/dataset'
import { inputSize, targetSize } from '#core/dataset'
import type { Precondition } from '#core/precondition'
import type { Blas } from '#linalg/blas'
import { pointCount } from '#methods/kernel-options'
import { pointPreconditions } from '#methods/kip/plan'
import { kipVariantOf, seesExamples } from '#methods/kip/options'
import { planDistillation } from '../plan-distillation.ts'
import { measuredRate } from '../plan.ts'
import type { FeatureSettings, FitSettings } from '../settings.ts'
import { kernelWorkCost } from './cost.ts'
import type { KernelMethod } from './distill.ts'
import { preparedBytes } from './prepared-examples.ts'

/** What can be said of a kernel method before any example is read; no theorem says what it reaches. */
export interface KernelPlan {
  readonly method: KernelMethod['method']
  readonly examples: number
  readonly inputSize: number
  readonly targetSize: number
  readonly points: number
  readonly kernel: string
  /** Steps, and examples of each; absent where nothing is stepped, 0 examples where statistics are enough. */
  readonly steps?: number
  readonly batch?: number
  readonly preconditions: readonly Precondition[]
  readonly floatingPointOperations: number
  readonly memoryBytes: number
  /** Of the passes, the model for scale and the method at the measured rate of this machine; reading not included. */
  readonly seconds: number
}

/** @throws RetortError as `createFeatures`, and `usage/points-and-ipc` */
export async function planKernel(
  dataset: Dataset,
  { method, methodOptions }: KernelMethod,
  settings: { fit: FitSettings; features: FeatureSettings },
  blas: Blas,
): Promise<KernelPlan> {
  const examples = dataset.splits.train.count
  const points = pointCount(methodOptions, dataset)
  const { plan, map } = await planDistillation(dataset, settings, points, blas)
  const sizes = { examples, inputSize: inputSize(dataset), targetSize: targetSize(dataset.target) }
  const stepped = method === 'kip' ? stepsOf(methodOptions, map !== undefined) : undefined
  const { floatingPointOperations } = kernelWorkCost({
    method,
    examples,
    inputs: sizes.inputSize,
    targets: sizes.targetSize,
    points,
    ...(map && { features: map.featureSize }),
    ...(stepped ?? { steps: 0, batch: 0 }),
  })
  const rows = Math.min(examples, stepped?.batch ?? 0)
  const held = rows > 0 ? preparedBytes(examples, sizes.inputSize) : 0
  return {
    method,
    ...sizes,
    points,
    kernel: methodOptions.kernel ?? (map ? 'features' : 'ntk'),
    ...stepped,
    preconditions: method === 'kip' ? pointPreconditions(points, examples, sizes.targetSize) : [],
    floatingPointOperations,
    memoryBytes: plan.memoryBytes + held + 8 * rows * (sizes.inputSize + 4 * points),
    // All in float64, whose products take twice as long as those that were measured.
    seconds: plan.seconds + floatingPointOperations / (0.25 * (await measuredRate(blas))),
  }
}

function stepsOf(
  options: Extract<KernelMethod, { method: 'kip' }>['methodOptions'],
  onFeatures: boolean,
): { steps: number; batch: number } {
  const { steps, batch } = options
  return { steps, batch: seesExamples(kipVariantOf(options, onFeatures)) ? batch : 0 }
}

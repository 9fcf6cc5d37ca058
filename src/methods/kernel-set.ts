import type { Matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import { storeFeatures } from '#features/stored'
import type { Kernel } from '#kernels/kernel'
import type { Blas } from '#linalg/blas'
import type { KernelModel } from '#models/kernel-ridge'
import { predictKernelRidge, relativeRidge, trainKernelRidge } from '#models/kernel-ridge'
import type { KernelSet, KernelTask } from './kernel-task.ts'
import type { Examples } from './kip/support.ts'
import { centredLabels } from './kip/support.ts'

/** What a method has found. */
export interface Found {
  readonly method: string
  readonly kernel: Kernel
  /** X_S, m × d, and Y_S, m × k, without the offset. */
  readonly points: Matrix
  readonly labels: Matrix
  readonly offset: Float64Array
  /** λ = share · tr(K_SS) / m. */
  readonly ridgeShare: number
  /** What the method settled on beside points, kernel and λ, plain JSON. */
  readonly settled: Readonly<Record<string, unknown>>
}

/** The set of what was found, with its loss on all training examples. @throws RetortError `check/not-positive` */
export async function kernelSet(task: KernelTask, found: Found, watch: Watch): Promise<KernelSet> {
  const { method, kernel, points, labels, offset, ridgeShare, settled } = found
  const { blas, target } = task
  const ridge = relativeRidge(await kernel.symmetricGram(points, blas), ridgeShare)
  const model = await trainKernelRidge(kernel, { points, labels, ridge, offset }, blas)
  const loss = await lossOnAll(model, task.examples, blas, watch)
  const { id, parameters } = kernel
  const classes = target.kind === 'class' ? target.names.length : undefined
  return {
    points,
    labels,
    ...(classes !== undefined && {
      classes: Int32Array.from({ length: points.rows }, (_, i) => i % classes),
    }),
    inputShape: task.inputShape,
    target,
    preprocessing: task.preprocessing,
    training: { kind: 'kernel', kernel: { id, parameters }, ridge, labelOffset: offset, loss },
    ...(id === 'features' && task.features && { features: storeFeatures(task.features.map) }),
    method,
    options: {
      points: points.rows,
      ...(classes !== undefined && points.rows % classes === 0 ? { ipc: points.rows / classes } : {}),
      kernel: { id, ...parameters },
      ridgeShare,
      ...settled,
    },
    seed: task.seed,
    provenance: task.provenance,
  }
}

/** Examples that are read at once. */
const blockRows = 4096

/** ½ mean squared error over examples and columns, in blocks. */
export async function lossOnAll(
  model: KernelModel,
  examples: Examples,
  blas: Blas,
  watch: Watch,
): Promise<number> {
  let squares = 0
  for (let from = 0; from < examples.count; from += blockRows) {
    watch.signal?.throwIfAborted()
    const count = Math.min(blockRows, examples.count - from)
    const indices = Uint32Array.from({ length: count }, (_, i) => from + i)
    const predicted = await predictKernelRidge(model, await examples.inputsAt(indices), blas, watch)
    const wanted = centredLabels(examples, indices, new Float64Array(predicted.cols))
    for (let at = 0; at < predicted.data.length; at++) squares += (predicted.data[at] - wanted.data[at]) ** 2
    watch.report?.({ stage: 'loss', done: from + count, total: examples.count, unit: 'examples' })
  }
  return squares / (2 * examples.count * model.offset.length)
}

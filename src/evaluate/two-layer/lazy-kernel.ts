import type { Batch } from '#core/dataset'
import { matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import { randomStream } from '#core/random'
import { preprocess } from '#data/preprocessing'
import { createKernel } from '#kernels/index'
import { positiveSolver, predictKernelRidge, relativeRidge } from '#models/kernel-ridge'
import type { KernelModel } from '#models/kernel-ridge'
import type { LinearPart } from '#models/two-layer/linear-part'
import { centredTargets } from '#models/two-layer/linear-part'
import { takeExamples } from '../examples.ts'
import type { ScoringTask } from '../score.ts'
import type { Predictor } from '../score-predictors.ts'
import { squaredError } from './subset-teacher.ts'
import { signedTargets } from './targets.ts'

export interface LazyKernelTask {
  readonly pool: Batch
  readonly holdOut: Batch
  readonly scoring: ScoringTask
  /** α + β·x, taken from the targets before and added back. */
  readonly linear: LinearPart
  /** Most examples to train on: the kernel matrix has as many rows. */
  readonly examples: number
  readonly seed: number
}

/** λ as shares of the mean diagonal of K. */
const shares = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]

/**
 * Ridge regression with the neural tangent kernel of one wide hidden ReLU layer on random real examples: what a network
 * knows that learns no features ("lazy training"). λ is the best on the hold-out.
 */
export async function lazyKernel(
  { pool, holdOut, scoring, linear, examples, seed }: LazyKernelTask,
  watch: Watch = {},
): Promise<{ predict: Predictor; points: number; ridge: number }> {
  const { inputSize, preprocessing, blas } = scoring
  const rows = async (batch: Batch) => ({
    inputs: await preprocess(batch.inputs, batch.count, inputSize, preprocessing, blas),
    targets: signedTargets(batch),
  })
  const order = randomStream(seed, 'lazy-kernel').permutation(pool.count)
  const chosen = takeExamples(pool, order.subarray(0, examples), inputSize, 1)
  const block = await rows(chosen)
  const centred = await centredTargets(block, linear, blas)
  const kernel = createKernel({ id: 'ntk', parameters: { depth: 1 } })
  const gram = await kernel.symmetricGram(block.inputs, blas)
  const held = await rows(holdOut)
  const wanted = await centredTargets(held, linear, blas)
  const labels = matrix(centred.length, 1, centred)
  let best: { model: KernelModel; error: number } | undefined
  for (const [i, share] of shares.entries()) {
    watch.signal?.throwIfAborted()
    watch.report?.({ stage: 'kernel', done: i, total: shares.length, unit: 'models' })
    const ridge = relativeRidge(gram, share)
    const dual = await (await positiveSolver(gram, ridge, blas))(labels)
    const model = { kernel, points: block.inputs, dual, offset: new Float64Array(1), ridge }
    const found = await predictKernelRidge(model, held.inputs, blas, watch)
    const error = squaredError(found.data, wanted)
    if (best === undefined || error < best.error) best = { model, error }
  }
  if (best === undefined) throw new RangeError('there is a ridge to choose')
  const { model } = best
  return {
    points: chosen.count,
    ridge: model.ridge,
    async predict(inputs) {
      const curved = await predictKernelRidge(model, inputs, blas, watch)
      const zero = new Float64Array(inputs.rows)
      const straight = await centredTargets({ inputs, targets: zero }, linear, blas)
      return curved.data.map((value, i) => value - straight[i])
    },
  }
}

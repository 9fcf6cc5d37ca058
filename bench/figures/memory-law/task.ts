import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Split } from '#core/dataset'
import { multiIndexDataset } from '#data/generators/multi-index'
import type { Blas } from '#linalg/blas'
import type { TwoLayerTask } from '#methods/two-layer-task'
import { examplesInMemory } from '#models/two-layer/examples'

/** A synthetic task with all its examples in memory, so that a search over sets draws them once. */
export interface HeldTask {
  readonly task: TwoLayerTask
  readonly test: { readonly inputs: Matrix; readonly targets: Float64Array; readonly variance: number }
}

export interface TaskSize {
  readonly examples: number
  /** d */
  readonly inputs: number
  /** r */
  readonly directions: number
  readonly seed: number
}

/** What `multi-index:EXAMPLES,d=INPUTS,r=DIRECTIONS,seed=SEED` with `--seed SEED` gives on the command line. */
export async function holdTask(
  { examples, inputs, directions, seed }: TaskSize,
  blas: Blas,
): Promise<HeldTask> {
  const dataset = multiIndexDataset({ count: examples, inputs, directions, seed })
  const { train, test } = dataset.splits
  if (test === undefined) throw new RangeError('the task has a test split')
  const training = await read(train, inputs)
  const scored = await read(test, inputs)
  const mean = scored.targets.reduce((sum, y) => sum + y, 0) / scored.targets.length
  const variance = scored.targets.reduce((sum, y) => sum + (y - mean) ** 2, 0) / scored.targets.length
  return {
    task: {
      blas,
      passes: examplesInMemory(training.inputs, training.targets),
      count: examples,
      target: dataset.target,
      inputShape: dataset.inputShape,
      preprocessing: { name: 'none' },
      seed,
      provenance: dataset.source.path,
    },
    test: { ...scored, variance },
  }
}

async function read(split: Split, width: number): Promise<{ inputs: Matrix; targets: Float64Array }> {
  const inputs = matrix(split.count, width)
  const targets = new Float64Array(split.count)
  for await (const batch of split.batches({ size: 2048 })) {
    inputs.data.set(batch.inputs, batch.start * width)
    targets.set(batch.targets, batch.start)
  }
  return { inputs, targets }
}

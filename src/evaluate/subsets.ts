import type { Batch, Preprocessing, Target } from '#core/dataset'
import { targetSize } from '#core/dataset'
import type { Matrix32 } from '#core/matrix'
import { matrix32 } from '#core/matrix'
import type { Watch } from '#core/progress'
import { randomStream } from '#core/random'
import { turn } from '#core/turn'
import { preprocess } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import type { Baseline } from './baselines/baseline.ts'
import { describeRows } from './baselines/rows.ts'
import { balancedQuotas, groupsOf } from './class-groups.ts'
import { blocksOf, takeExamples } from './examples.ts'

/** Raw training examples that subsets are chosen from. */
export interface SubsetTask {
  readonly pool: Batch
  readonly inputSize: number
  readonly target: Target
  readonly preprocessing: Preprocessing
  readonly points: number
  readonly seed: number
  readonly blas: Blas
}

/** The choice of one baseline under one seed. */
export interface Subset {
  readonly baseline: Baseline
  readonly repetition: number
  /** Indices in the pool, group by group. */
  readonly indices: readonly number[]
}

/**
 * Lets every baseline choose `points` examples of the pool in the preprocessed space, balanced over classes. One
 * class at a time is held in float32; nothing else grows with the pool.
 */
export async function chooseSubsets(
  baselines: readonly Baseline[],
  task: SubsetTask,
  watch: Watch = {},
): Promise<Subset[]> {
  const { pool, target, seed, blas } = task
  const { signal } = watch
  if (baselines.length === 0) return []
  const groups = groupsOf(pool, target)
  const quotas = balancedQuotas(
    groups.map((group) => group.length),
    task.points,
  )
  const subsets = baselines.flatMap((baseline) =>
    Array.from({ length: baseline.seeds }, (_, repetition) => {
      const indices: number[] = []
      return { baseline, repetition, indices }
    }),
  )
  for (const [g, group] of groups.entries()) {
    if (quotas[g] === 0) continue
    const candidates = await describeRows(await groupRows(task, group, watch), watch)
    for (const { baseline, repetition, indices } of subsets) {
      const random = randomStream(seed, 'baseline', baseline.id, repetition, g)
      const picked = await baseline.pick(candidates, quotas[g], { blas, random, signal })
      indices.push(...picked.map((row) => group[row]))
    }
    watch.report?.({ stage: 'baselines', done: g + 1, total: groups.length, unit: 'groups' })
  }
  return subsets
}

/** The examples of one group, preprocessed, in float32. */
async function groupRows(task: SubsetTask, group: Uint32Array, watch: Watch): Promise<Matrix32> {
  const { pool, inputSize, preprocessing, blas } = task
  const columns = targetSize(task.target)
  const rows = matrix32(group.length, inputSize)
  const step = 2048
  for (let from = 0; from < group.length; from += step) {
    watch.signal?.throwIfAborted()
    const taken = takeExamples(pool, group.subarray(from, from + step), inputSize, columns)
    for (const block of blocksOf(taken, inputSize, columns)) {
      const inputs = await preprocess(block.inputs, block.count, inputSize, preprocessing, blas)
      rows.data.set(inputs.data, (from + block.start) * inputSize)
    }
    await turn()
  }
  return rows
}

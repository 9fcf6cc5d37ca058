import type { Batch, Dataset } from '#core/dataset'
import { inputSize } from '#core/dataset'
import type { Fit } from '../fit.ts'
import { allocateInputs } from '../pool.ts'

/**
 * The training examples in their order from what the fit has kept of them, pool and hold-out; undefined where it has not
 * kept all of them.
 * @param isHeldOut which examples of the split are in the hold-out
 * @param rows of a batch
 */
export function knownExamples(
  dataset: Dataset,
  { pool, holdOut, refitted, preprocessing }: Fit,
  isHeldOut: (index: number) => boolean,
  rows: number,
): Iterable<Batch> | undefined {
  const total = dataset.splits.train.count
  // Normalised examples would be told from raw ones by nothing.
  if (preprocessing.normalised || pool.count + holdOut.count !== total) return undefined
  const shape = { rows, width: inputSize(dataset), elementType: dataset.elementType }
  return inOrder(pool, holdOut, refitted ? isHeldOut : undefined, shape)
}

function* inOrder(
  pool: Fit['pool'],
  holdOut: Batch,
  isHeldOut: ((index: number) => boolean) | undefined,
  { rows, width, elementType }: { rows: number; width: number; elementType: Dataset['elementType'] },
): Iterable<Batch> {
  const total = pool.count + (isHeldOut ? holdOut.count : 0)
  let [pooled, held] = [0, 0]
  for (let start = 0; start < total; start += rows) {
    const count = Math.min(rows, total - start)
    if (!isHeldOut) {
      const inputs = pool.inputs.subarray(start * width, (start + count) * width)
      yield { start, count, inputs, targets: pool.targets.subarray(start, start + count) }
      continue
    }
    const inputs = allocateInputs(elementType, count * width)
    const targets = pool.targets instanceof Int32Array ? new Int32Array(count) : new Float64Array(count)
    for (let i = 0; i < count;) {
      const taken = isHeldOut(start + i)
      const [source, from] = taken ? [holdOut, held] : [pool, pooled]
      let run = 1
      while (i + run < count && isHeldOut(start + i + run) === taken) run++
      inputs.set(source.inputs.subarray(from * width, (from + run) * width), i * width)
      targets.set(source.targets.subarray(from, from + run), i)
      if (taken) held += run
      else pooled += run
      i += run
    }
    yield { start, count, inputs, targets }
  }
}

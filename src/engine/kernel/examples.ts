import type { Batch, Dataset, InputArray, Preprocessing } from '#core/dataset'
import { inputSize, targetSize } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import { preprocess } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import type { Examples } from '#methods/kip/support'

/** Raw inputs that are kept in memory; beyond that examples are read by index whenever they are asked for. */
const heldBytes = 2 ** 29
/** Rows that are preprocessed at once. */
const blockRows = 2048

/**
 * The training examples for methods that iterate: their targets in memory, their inputs too where they fit.
 * @param excluded examples that are kept for scoring, where there is no test split
 */
export async function trainingExamples(
  dataset: Dataset,
  { preprocessing, excluded }: { preprocessing: Preprocessing; excluded?: (index: number) => boolean },
  blas: Blas,
  watch: Watch,
): Promise<Examples> {
  const { train } = dataset.splits
  const width = inputSize(dataset)
  const columns = dataset.target.kind === 'class' ? 1 : targetSize(dataset.target)
  const indices = Uint32Array.from(indicesOf(train.count, excluded))
  const held = hold(dataset, indices.length * width)
  const targets =
    dataset.target.kind === 'class'
      ? new Int32Array(indices.length)
      : new Float64Array(indices.length * columns)
  let at = 0
  for await (const batch of train.batches({ size: 4096, signal: watch.signal })) {
    watch.signal?.throwIfAborted()
    for (let i = 0; i < batch.count && at < indices.length; i++) {
      if (batch.start + i !== indices[at]) continue
      targets.set(batch.targets.subarray(i * columns, (i + 1) * columns), at * columns)
      held?.set(batch.inputs.subarray(i * width, (i + 1) * width), at * width)
      at += 1
    }
    watch.report?.({
      stage: 'examples',
      done: batch.start + batch.count,
      total: train.count,
      unit: 'examples',
    })
  }
  const rawAt = async (chosen: ArrayLike<number>): Promise<InputArray> => {
    if (!held) return (await train.at(Array.from(chosen, (index) => indices[index]))).inputs
    const raw = held.slice(0, chosen.length * width)
    for (let i = 0; i < chosen.length; i++) {
      raw.set(held.subarray(chosen[i] * width, (chosen[i] + 1) * width), i * width)
    }
    return raw
  }
  return {
    count: indices.length,
    targets,
    async inputsAt(chosen): Promise<Matrix> {
      const result = matrix(chosen.length, width)
      for (let from = 0; from < chosen.length; from += blockRows) {
        const some = Array.prototype.slice.call(chosen, from, from + blockRows)
        const rows = await preprocess(await rawAt(some), some.length, width, preprocessing, blas)
        result.data.set(rows.data, from * width)
      }
      return result
    },
  }
}

function* indicesOf(count: number, excluded: (index: number) => boolean = () => false): Generator<number> {
  for (let index = 0; index < count; index++) if (!excluded(index)) yield index
}

function hold({ elementType }: Dataset, values: number): Batch['inputs'] | undefined {
  const bytes = { uint8: 1, float32: 4, float64: 8 }[elementType]
  if (values * bytes > heldBytes) return undefined
  if (elementType === 'uint8') return new Uint8Array(values)
  return elementType === 'float32' ? new Float32Array(values) : new Float64Array(values)
}

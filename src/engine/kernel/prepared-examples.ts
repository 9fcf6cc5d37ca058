import { matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import type { Examples } from '#methods/kip/support'

/** Values of preprocessed inputs that are kept in memory: CIFAR-10 as float64, 1.2 GB. */
const heldValues = 160e6
/** Examples that are preprocessed at once. */
const blockRows = 2048

/** Bytes that they take, 0 where they are not kept. */
export function preparedBytes(count: number, inputSize: number): number {
  return count * inputSize > heldValues ? 0 : 8 * count * inputSize
}

/**
 * The same examples, preprocessed once where all of them fit: to whiten a batch anew at every step takes longer than the
 * step. Blocks are the same in every run, so that a run that goes on finds the same bits.
 * @param inputSize d
 */
export async function preparedExamples(
  examples: Examples,
  inputSize: number,
  { signal, report }: Watch,
): Promise<Examples> {
  const { count, targets } = examples
  if (preparedBytes(count, inputSize) === 0) return examples
  const held = new Float64Array(count * inputSize)
  for (let from = 0; from < count; from += blockRows) {
    signal?.throwIfAborted()
    const indices = Uint32Array.from({ length: Math.min(blockRows, count - from) }, (_, i) => from + i)
    held.set((await examples.inputsAt(indices)).data, from * inputSize)
    report?.({ stage: 'prepare', done: from + indices.length, total: count, unit: 'examples' })
  }
  return {
    count,
    targets,
    async inputsAt(indices, into) {
      const result = into ?? matrix(indices.length, inputSize)
      for (let i = 0; i < indices.length; i++) {
        const start = indices[i] * inputSize
        result.data.set(held.subarray(start, start + inputSize), i * inputSize)
      }
      return result
    },
  }
}

import type { Batch, BatchOptions, InputArray, Split } from '#core/dataset'
import { turn } from '#core/turn'

/** A split whose examples are computed from their index alone, so that any run of them can be asked for. */
export interface GeneratedSplit<Inputs extends InputArray, Targets extends Batch['targets']> {
  readonly name: string
  readonly count: number
  readonly inputSize: number
  /** Examples computed between two turns of the event loop: about 10 ms of work. */
  readonly turnEvery: number
  /** Storage for the inputs and targets of that many examples. */
  allocate(count: number): { inputs: Inputs; targets: Targets }
  /** A writer with working memory of its own: puts input and target of example `index` at position `at`. */
  writer(): (index: number, inputs: Inputs, targets: Targets, at: number) => void
}

/** Streams a generated split with the memory of one batch, whatever its length. */
export function generatedSplit<Inputs extends InputArray, Targets extends Batch['targets']>(
  generated: GeneratedSplit<Inputs, Targets>,
): Split {
  const { name, count, inputSize, turnEvery } = generated

  async function* batches(options: BatchOptions): AsyncGenerator<Batch> {
    const { size, start = 0, signal } = options
    const end = Math.min(options.end ?? count, count)
    const write = generated.writer()
    const { inputs, targets } = generated.allocate(Math.min(size, Math.max(0, end - start)))
    for (let from = start; from < end; from += size) {
      const length = Math.min(size, end - from)
      for (let i = 0; i < length; i++) {
        if (i % turnEvery === 0) {
          await turn()
          signal?.throwIfAborted()
        }
        write(from + i, inputs, targets, i)
      }
      yield {
        start: from,
        count: length,
        inputs: inputs.subarray(0, length * inputSize),
        targets: targets.subarray(0, length),
      }
    }
  }

  async function at(indices: ArrayLike<number>): Promise<Batch> {
    const write = generated.writer()
    const { inputs, targets } = generated.allocate(indices.length)
    for (let i = 0; i < indices.length; i++) {
      if (i % turnEvery === turnEvery - 1) await turn()
      if (!(indices[i] >= 0 && indices[i] < count)) {
        throw new RangeError(`example ${indices[i]} of ${count} in split ${name}`)
      }
      write(indices[i], inputs, targets, i)
    }
    return { start: 0, count: indices.length, inputs, targets }
  }

  return { name, count, batches, at }
}

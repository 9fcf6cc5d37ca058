import type { Batch, BatchOptions, InputArray, Split } from '#core/dataset'
import { turn } from '#core/turn'

/** Puts inputs and targets of the examples `indices` at positions `at` on. */
export type Writer<Inputs extends InputArray, Targets extends Batch['targets']> = (
  indices: Float64Array,
  inputs: Inputs,
  targets: Targets,
  at: number,
) => void

/** A split whose examples are computed from their index alone, so that any run of them can be asked for. */
export interface GeneratedSplit<Inputs extends InputArray, Targets extends Batch['targets']> {
  readonly name: string
  readonly count: number
  readonly inputSize: number
  /** Examples computed between two turns of the event loop: about 10 ms of work. */
  readonly turnEvery: number
  /** Storage for the inputs and targets of that many examples. */
  allocate(count: number): { inputs: Inputs; targets: Targets }
  /** A writer with working memory of its own. */
  writer(): Writer<Inputs, Targets> | Promise<Writer<Inputs, Targets>>
}

/** Streams a generated split with the memory of one batch, whatever its length. */
export function generatedSplit<Inputs extends InputArray, Targets extends Batch['targets']>(
  generated: GeneratedSplit<Inputs, Targets>,
): Split {
  const { name, count, inputSize, turnEvery } = generated

  async function* batches(options: BatchOptions): AsyncGenerator<Batch> {
    const { size, start = 0, signal } = options
    const end = Math.min(options.end ?? count, count)
    const write = await generated.writer()
    const { inputs, targets } = generated.allocate(Math.min(size, Math.max(0, end - start)))
    for (let from = start; from < end; from += size) {
      const length = Math.min(size, end - from)
      for (let i = 0; i < length; i += turnEvery) {
        await turn()
        signal?.throwIfAborted()
        write(indicesFrom(from + i, Math.min(turnEvery, length - i)), inputs, targets, i)
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
    const wanted = Float64Array.from(indices)
    for (const index of wanted) {
      if (!(index >= 0 && index < count))
        throw new RangeError(`example ${index} of ${count} in split ${name}`)
    }
    const write = await generated.writer()
    const { inputs, targets } = generated.allocate(wanted.length)
    for (let i = 0; i < wanted.length; i += turnEvery) {
      if (i > 0) await turn()
      write(wanted.subarray(i, i + turnEvery), inputs, targets, i)
    }
    return { start: 0, count: wanted.length, inputs, targets }
  }

  return { name, count, batches, at }
}

function indicesFrom(first: number, count: number): Float64Array {
  const indices = new Float64Array(count)
  for (let i = 0; i < count; i++) indices[i] = first + i
  return indices
}

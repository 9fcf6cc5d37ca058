import type { Matrix } from '#core/matrix'
import { rowsOf } from '#core/matrix'
import type { Watch } from '#core/progress'
import { turn } from '#core/turn'

/** A run of examples: preprocessed inputs (rows × d) and one real target each. */
export interface ExampleBlock {
  readonly inputs: Matrix
  readonly targets: Float64Array
}

/**
 * Starts one pass over all examples, in the same order every time. Blocks of 512 to 4096 rows are best; a consumer
 * may not keep a block's arrays.
 */
export interface Passes {
  (): AsyncIterable<ExampleBlock>
  /** All of them, where they lie in memory, and the rows of a block. */
  readonly held?: ExampleBlock & { readonly blockRows: number }
}

/** Examples that lie in memory, as passes. */
export function examplesInMemory(inputs: Matrix, targets: Float64Array, rows = 2048): Passes {
  if (inputs.rows !== targets.length) {
    throw new RangeError(`${inputs.rows} inputs have ${targets.length} targets`)
  }
  async function* passes() {
    for (let start = 0; start < inputs.rows; start += rows) {
      const end = Math.min(start + rows, inputs.rows)
      yield { inputs: rowsOf(inputs, start, end), targets: targets.subarray(start, end) }
    }
  }
  return Object.assign(passes, { held: { inputs, targets, blockRows: rows } })
}

/** What a pass is for, and who watches it. */
export interface PassWatch extends Watch {
  readonly stage?: string
  /** n, where it is known. */
  readonly total?: number
}

/**
 * Runs over all examples; reports and looks at the signal after every block.
 * @returns n
 */
export async function overExamples(
  passes: Passes,
  watch: PassWatch,
  visit: (block: ExampleBlock) => Promise<void>,
): Promise<number> {
  const { report, signal, stage = 'pass', total } = watch
  let done = 0
  for await (const block of passes()) {
    signal?.throwIfAborted()
    await visit(block)
    done += block.inputs.rows
    report?.({ stage, done, ...(total !== undefined && { total }), unit: 'examples' })
    await turn()
  }
  return done
}

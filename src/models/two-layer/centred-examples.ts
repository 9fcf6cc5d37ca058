import type { Blas } from '#linalg/blas'
import type { Passes } from './examples.ts'
import { examplesInMemory } from './examples.ts'
import type { LinearPart } from './linear-part.ts'
import { centredTargets } from './linear-part.ts'

/** Examples whose targets still contain a linear part. */
export interface WithLinearPart {
  readonly passes: Passes
  readonly linear: LinearPart
}

/**
 * The same residual targets from every pass; examples in memory have their linear part taken out once instead of in each.
 * It remembers the last linear part that it was asked with.
 */
export function createCentredExamples(
  passes: Passes,
  blas: Blas,
): (linear: LinearPart) => Promise<WithLinearPart> {
  let last: { readonly linear: LinearPart; readonly centred: WithLinearPart } | undefined
  return async (linear) => {
    if (!passes.held) return { passes, linear }
    if (last?.linear.slope !== linear.slope || last.linear.offset !== linear.offset) {
      const { inputs, blockRows } = passes.held
      const targets = new Float64Array(inputs.rows)
      let row = 0
      for await (const block of passes()) {
        targets.set(await centredTargets(block, linear, blas), row)
        row += block.targets.length
      }
      const nothing = { offset: 0, slope: new Float64Array(inputs.cols) }
      last = {
        linear,
        centred: { passes: examplesInMemory(inputs, targets, blockRows), linear: nothing },
      }
    }
    return last.centred
  }
}

import { z } from 'zod'
import type { Matrix } from '#core/matrix'
import type { StoredState } from '#core/method'
import type { GaussNewtonRecord } from '../gauss-newton.ts'

/** JSON has no infinity: null stands for it. */
const size = z
  .number()
  .nullable()
  .transform((value) => value ?? Infinity)

const stored = z.object({
  start: z.int(),
  steps: z.int(),
  seconds: z.number(),
  operations: z.number(),
  residual: size,
  search: z.object({
    size,
    damping: z.number(),
    reach: z.number(),
    growth: z.number(),
    steps: z.int(),
    iterations: z.int(),
    recent: z.array(z.number()),
    outcome: z.enum(['searching', 'converged', 'stalled']),
  }),
})

/** A search between steps, or at the end of its budget, to the last bit. */
export function storeSearch({
  start,
  steps,
  seconds,
  operations,
  search: { points, ...search },
  best,
  found,
}: GaussNewtonRecord): StoredState {
  return {
    about: { start, steps, seconds, operations, residual: best.residual, search },
    tensors: { points, best: best.points, ...(found && { found }) },
  }
}

/**
 * A search that goes on, with whatever budget it is given now.
 * @param inputSize d
 * @returns undefined where what is stored is no search for points of that size
 */
export function restoreSearch(
  { about, tensors }: StoredState,
  inputSize: number,
): GaussNewtonRecord | undefined {
  const parsed = stored.safeParse(about)
  const take = (name: string): Matrix | undefined => {
    const matrix = Object.hasOwn(tensors, name) ? tensors[name] : undefined
    return matrix?.cols === inputSize ? matrix : undefined
  }
  const [points, best, found] = [take('points'), take('best'), take('found')]
  if (!parsed.success || !points || !best) return undefined
  const { residual, search, ...counts } = parsed.data
  return {
    ...counts,
    search: { points, ...search },
    best: { points: best, residual },
    ...(found && { found }),
    outcome: 'searching',
  }
}

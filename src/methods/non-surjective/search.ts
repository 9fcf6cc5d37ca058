import { matrix, type Matrix } from '#core/matrix'
import { DidNotConverge, Singular } from '#linalg/blas'
import { dampedStep } from './linear-step.ts'
import { dot } from './rows.ts'
import { blurred, spanPointOf, type SpanPoint, type SpanProblem } from './span-problem.ts'

/** Where a Levenberg–Marquardt search stands: plain data, from which it goes on to the same result. */
export interface Search {
  /** m × d */
  readonly points: Matrix
  /** ‖R‖_F of the points. */
  readonly size: number
  /** Damping, relative to the scale of the problem at the points. */
  readonly damping: number
  /** Relative size of the last step that went well, less for those that did not: kinks within it are averaged. */
  readonly reach: number
  /** Factor on the damping at the next failure. */
  readonly growth: number
  readonly steps: number
  /** Iterations of conjugate gradients in all these steps. */
  readonly iterations: number
  /** ‖R‖_F before each of the last steps, oldest first. */
  readonly recent: readonly number[]
  readonly outcome: 'searching' | 'converged' | 'stalled'
}

/** ‖R‖_F at which the span holds W to rounding; W is then missed by at most this share. */
const converged = 1e-12
/** Steps in which a search must gain a tenth. */
const patience = 15

export function startSearch(points: Matrix): Search {
  return {
    points,
    size: Infinity,
    damping: 0.1,
    reach: 0.3,
    growth: 2,
    steps: 0,
    iterations: 0,
    recent: [],
    outcome: 'searching',
  }
}

/** One damped Gauss–Newton step; refused, with more damping, where it does not lower ‖R‖. */
export async function continueSearch(
  problem: SpanProblem,
  search: Search,
  signal?: AbortSignal,
): Promise<Search> {
  const { damping, growth, reach } = search
  const here = await evaluated(problem, search.points)
  if (!here || here.size <= converged) {
    return { ...search, size: here?.size ?? Infinity, outcome: here ? 'converged' : 'stalled' }
  }
  const scale = (dot(here.shares, here.shares) / here.points.rows) * here.size
  const forcing = Math.min(0.1, here.size)
  const { step, left, iterations } = await dampedStep(
    problem,
    await blurred(problem, here, reach),
    damping * scale,
    forcing,
    { signal },
  )
  const there = await evaluated(problem, moved(here, step))
  const size = there?.size ?? Infinity
  const gain = (here.size ** 2 - size ** 2) / (here.size ** 2 - left ** 2)
  const better = size < here.size && gain > 0
  const recent = [...search.recent, here.size].slice(-patience)
  const next = better
    ? {
        points: there?.points ?? here.points,
        size,
        damping: damping * Math.max(1 / 5, 1 - (2 * gain - 1) ** 3),
        reach: Math.sqrt(dot(step, step) / step.rows),
        growth: 2,
      }
    : {
        points: here.points,
        size: here.size,
        damping: damping * growth,
        reach: reach / 2,
        growth: growth * 2,
      }
  return {
    ...next,
    steps: search.steps + 1,
    iterations: search.iterations + iterations,
    recent,
    outcome: outcomeOf(next.size, next.damping, recent),
  }
}

function outcomeOf(size: number, damping: number, recent: readonly number[]): Search['outcome'] {
  if (size <= converged) return 'converged'
  if (damping > 1e12) return 'stalled'
  return recent.length === patience && size > 0.9 * recent[0] ? 'stalled' : 'searching'
}

/** Undefined where features are not finite, or depend on one another exactly. */
async function evaluated(problem: SpanProblem, points: Matrix): Promise<SpanPoint | undefined> {
  try {
    const point = await spanPointOf(problem, points)
    return Number.isFinite(point.size) ? point : undefined
  } catch (error) {
    if (error instanceof DidNotConverge || error instanceof Singular) return undefined
    throw error
  }
}

function moved({ points, units }: SpanPoint, step: Matrix): Matrix {
  const { rows, cols } = points
  const result = matrix(rows, cols)
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, at++) result.data[at] = points.data[at] + units[i] * step.data[at]
  }
  return result
}

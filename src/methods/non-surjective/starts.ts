import { matrix, takeRows, type Matrix } from '#core/matrix'
import type { Random } from '#core/random'
import { spanPointOf, type SpanProblem } from './span-problem.ts'

/**
 * Points to start from: real ones, each times a factor from 0.3 to 3 and under a little noise, so that examples that
 * are given twice do not stay the same point; under much noise where there are too few.
 */
export function startingPoints(references: Matrix, points: number, random: Random): Matrix {
  const { rows, cols, data } = references
  const result = matrix(points, cols)
  const order = random.permutation(rows)
  const rms = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / Math.max(1, data.length)) || 1
  for (let i = 0; i < points; i++) {
    const factor = 0.3 + 2.7 * random.uniform()
    const noise = i < rows ? 0.01 * rms : rms
    const from = rows === 0 ? 0 : order[i % rows] * cols
    for (let j = 0; j < cols; j++) {
      const value = rows === 0 ? 0 : data[from + j]
      result.data[i * cols + j] = factor * (value + noise * random.normal())
    }
  }
  return result
}

/** The points without the one that the rows to be spanned use least. */
export async function withoutLeastUsed(problem: SpanProblem, points: Matrix): Promise<Matrix> {
  const { shares } = await spanPointOf(problem, points)
  const used = new Float64Array(points.rows)
  for (let at = 0; at < shares.data.length; at++) used[at % shares.cols] += shares.data[at] ** 2
  const least = used.indexOf(Math.min(...used))
  return takeRows(
    points,
    [...used.keys()].filter((i) => i !== least),
  )
}

import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { takeRows } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import { squaredNorms } from './product-blocks.ts'

/** Rows of the sample: half a million distances. */
const sampleRows = 1000

/**
 * The median heuristic: the median of ‖x_i − x_j‖ over the pairs of a seeded sample of up to 1000 rows.
 * @throws RetortError `usage/no-distance` where most rows are equal
 */
export async function medianDistance(rows: Matrix, seed: number, blas: Blas): Promise<number> {
  const order = randomStream(seed, 'median-distance').permutation(rows.rows)
  const sample = takeRows(rows, order.subarray(0, sampleRows))
  const products = await blas.syrk(sample)
  const norms = squaredNorms(sample)
  const m = sample.rows
  const distances = new Float64Array((m * (m - 1)) / 2)
  for (let i = 1, at = 0; i < m; i++) {
    for (let j = 0; j < i; j++, at++) {
      distances[at] = Math.max(0, norms[i] + norms[j] - 2 * products.data[i * m + j])
    }
  }
  distances.sort()
  const median = distances[Math.floor(distances.length / 2)]
  const resolved = Math.max(...norms) * Number.EPSILON * rows.cols
  if (median > resolved) return Math.sqrt(median)
  throw new RetortError({
    code: 'usage/no-distance',
    message: `the median distance of ${m} examples is zero`,
    why: 'The Gaussian kernel takes its length scale from it.',
    hint: 'Give the length scale: --kernel-sigma 1',
    values: { examples: m },
  })
}

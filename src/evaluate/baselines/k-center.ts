import type { Baseline } from './baseline.ts'
import { asRow, innerProducts, smallestFree } from './rows.ts'

/**
 * Farthest-first traversal from the example nearest to the mean; a 2-approximation of the smallest covering radius.
 */
export const kCenter: Baseline = {
  id: 'k-center',
  title: 'k-center greedy',
  source: 'T. F. Gonzalez, "Clustering to minimize the maximum intercluster distance", TCS 38 (1985)',
  seeds: 1,
  async pick({ rows, squaredNorms: norms, mean }, count, context) {
    const toMean = await innerProducts(rows, asRow(mean), context)
    const taken = new Uint8Array(rows.rows)
    let next = smallestFree(
      norms.map((norm, i) => norm - 2 * toMean.data[i]),
      taken,
    )
    // The negative squared distance to the nearest centre, so that the farthest is the smallest.
    const nearness = new Float64Array(rows.rows).fill(-Infinity)
    const chosen: number[] = []
    for (;;) {
      taken[next] = 1
      chosen.push(next)
      if (chosen.length === count) return chosen
      const centre = rows.data.subarray(next * rows.cols, (next + 1) * rows.cols)
      const products = await innerProducts(rows, asRow(centre), context)
      for (let i = 0; i < rows.rows; i++) {
        nearness[i] = Math.max(nearness[i], 2 * products.data[i] - norms[i] - norms[next])
      }
      next = smallestFree(nearness, taken)
    }
  },
}

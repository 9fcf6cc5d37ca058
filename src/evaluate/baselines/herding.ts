import type { Baseline } from './baseline.ts'
import { asRow, innerProducts, smallestFree } from './rows.ts'

/**
 * Greedy matching of the mean: after t choices with sum s, the next is the example x that minimises
 * ‖(s + x)/(t + 1) − μ‖, that is ‖x‖² − 2⟨(t + 1)μ − s, x⟩.
 */
export const herding: Baseline = {
  id: 'herding',
  title: 'Herding',
  source: 'M. Welling, "Herding dynamical weights to learn", ICML 2009; mean matching as in iCaRL, CVPR 2017',
  seeds: 1,
  async pick({ rows, squaredNorms, mean }, count, context) {
    const { cols } = rows
    const sum = new Float64Array(cols)
    const taken = new Uint8Array(rows.rows)
    const chosen: number[] = []
    while (chosen.length < count) {
      const wanted = mean.map((value, j) => (chosen.length + 1) * value - sum[j])
      const products = await innerProducts(rows, asRow(wanted), context)
      const next = smallestFree(
        squaredNorms.map((norm, i) => norm - 2 * products.data[i]),
        taken,
      )
      taken[next] = 1
      chosen.push(next)
      for (let j = 0; j < cols; j++) sum[j] += rows.data[next * cols + j]
    }
    return chosen
  },
}

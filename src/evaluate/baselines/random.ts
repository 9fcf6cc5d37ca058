import type { Baseline } from './baseline.ts'

/** A uniformly random subset without replacement. */
export const random: Baseline = {
  id: 'random',
  title: 'Random examples',
  source: 'uniform, without replacement',
  seeds: 5,
  async pick({ rows }, count, context) {
    return Array.from(context.random.permutation(rows.rows).subarray(0, count))
  },
}

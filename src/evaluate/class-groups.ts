import type { Batch, Target } from '#core/dataset'

/** Indices of the examples of every class, ascending; real targets form one group. */
export function groupsOf(pool: Batch, target: Target): Uint32Array[] {
  if (target.kind === 'real') return [Uint32Array.from({ length: pool.count }, (_, i) => i)]
  const counts = new Uint32Array(target.names.length)
  for (let i = 0; i < pool.count; i++) counts[pool.targets[i]] += 1
  const groups = Array.from(counts, (count) => new Uint32Array(count))
  const filled = new Uint32Array(groups.length)
  for (let i = 0; i < pool.count; i++) {
    const group = pool.targets[i]
    groups[group][filled[group]++] = i
  }
  return groups
}

/**
 * How many of `points` each group gives: equal shares, the remainder to the first groups. What a group is too small
 * to give goes to the others, still evenly. The sum is `points`, or the size of all groups where that is less.
 */
export function balancedQuotas(sizes: readonly number[], points: number): number[] {
  const quotas = sizes.map(() => 0)
  let left = points
  for (;;) {
    const open = sizes.flatMap((size, i) => (quotas[i] < size ? [i] : []))
    if (left <= 0 || open.length === 0) return quotas
    const room = Math.min(...open.map((i) => sizes[i] - quotas[i]))
    const share = Math.min(Math.floor(left / open.length), room)
    for (const i of share > 0 ? open : open.slice(0, left)) {
      const given = Math.max(share, 1)
      quotas[i] += given
      left -= given
    }
  }
}

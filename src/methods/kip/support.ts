import type { Target } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Random } from '#core/random'

/** Training examples as methods that iterate see them. */
export interface Examples {
  readonly count: number
  /** Class of each example, or count × k real targets. */
  readonly targets: Int32Array | Float64Array
  /**
   * Preprocessed inputs of the examples at the given indices, in that order: n × d. `into` (n × d) may be overwritten
   * and returned, which saves long runs from allocating a batch at every step.
   */
  inputsAt(indices: ArrayLike<number>, into?: Matrix): Promise<Matrix>
}

/** Indices of the examples of each class, ascending; real targets are one group. */
export function groupsOfExamples({ count, targets }: Examples, target: Target): Uint32Array[] {
  if (target.kind === 'real' || !(targets instanceof Int32Array)) {
    return [Uint32Array.from({ length: count }, (_, i) => i)]
  }
  const members = target.names.map((): number[] => [])
  targets.forEach((group, index) => members[group].push(index))
  return members.map((indices) => Uint32Array.from(indices))
}

/**
 * `size` examples without replacement, as balanced over the groups as their sizes allow, group by group.
 * @param size at least the number of examples takes them all
 */
export function drawBalanced(groups: readonly Uint32Array[], size: number, random: Random): Uint32Array {
  const quotas = shares(
    groups.map((group) => group.length),
    size,
  )
  const chosen = groups.flatMap((group, g) => Array.from(partialShuffle(group, quotas[g], random)))
  return Uint32Array.from(chosen)
}

/** Equal shares; what a group is too small to give is asked of the others. */
function shares(sizes: readonly number[], wanted: number): number[] {
  const result = sizes.map(() => 0)
  let left = Math.min(
    wanted,
    sizes.reduce((sum, size) => sum + size, 0),
  )
  while (left > 0) {
    for (let g = 0; g < sizes.length && left > 0; g++) {
      const open = sizes.filter((size, i) => i >= g && result[i] < size).length
      if (result[g] >= sizes[g]) continue
      const given = Math.min(sizes[g] - result[g], Math.ceil(left / open))
      result[g] += given
      left -= given
    }
  }
  return result
}

function partialShuffle(group: Uint32Array, count: number, random: Random): Uint32Array {
  const order = group.slice()
  for (let i = 0; i < count; i++) {
    const j = i + random.integer(order.length - i)
    const held = order[i]
    order[i] = order[j]
    order[j] = held
  }
  return order.subarray(0, count)
}

/** One real example for each point: class i mod k for point i, each class without replacement while it lasts. */
export function drawSupport(groups: readonly Uint32Array[], points: number, random: Random): Uint32Array {
  const full = groups.filter((group) => group.length > 0)
  const orders = full.map((group) => partialShuffle(group, group.length, random))
  return Uint32Array.from({ length: points }, (_, i) => {
    const order = orders[i % orders.length]
    return order[Math.floor(i / orders.length) % order.length]
  })
}

/** What is taken from all labels: 1/k for classes, the mean of the training targets for numbers. */
export function labelOffsetOf({ count, targets }: Examples, target: Target): Float64Array {
  const k = target.names.length
  if (target.kind === 'class') return new Float64Array(k).fill(1 / k)
  const mean = new Float64Array(k)
  for (let at = 0; at < targets.length; at++) mean[at % k] += targets[at] / count
  return mean
}

/** Labels less the offset, one row for each of the examples at the given indices. */
export function centredLabels(
  { targets }: Examples,
  indices: ArrayLike<number>,
  offset: Float64Array,
): Matrix {
  const k = offset.length
  const result = matrix(indices.length, k)
  for (let i = 0; i < indices.length; i++) {
    for (let c = 0; c < k; c++) {
      const value =
        targets instanceof Int32Array ? Number(targets[indices[i]] === c) : targets[indices[i] * k + c]
      result.data[i * k + c] = value - offset[c]
    }
  }
  return result
}

/** A command that is timed against others. */
export interface Contender<T> {
  readonly name: string
  run(turn: number): Promise<T>
}

/**
 * Runs contenders in turns, so that a change of the machine's speed meets them all; a first turn warms up and is dropped.
 * @returns what each contender gave, one entry per turn
 */
export async function inTurns<T>(contenders: readonly Contender<T>[], turns: number): Promise<T[][]> {
  const results = contenders.map((): T[] => [])
  for (let turn = 0; turn <= turns; turn++) {
    for (const [i, contender] of contenders.entries()) {
      const result = await contender.run(turn)
      if (turn > 0) results[i].push(result)
    }
  }
  return results
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs tasks with at most `limit` of them at a time; results in the order of the tasks. */
export async function together<T>(tasks: readonly (() => Promise<T>)[], limit: number): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const lane = async () => {
    for (let i = next++; i < tasks.length; i = next++) results[i] = await tasks[i]()
  }
  await Promise.all(Array.from({ length: Math.min(limit, tasks.length) }, lane))
  return results
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Sample deviation; NaN for a single value. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1))
}

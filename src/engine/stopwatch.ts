/** Seconds by stage. Measured times go to stdout, never into an artefact unless asked for. */
export interface Stopwatch {
  /** Runs and times a stage; a stage that is run twice adds up. */
  time<T>(stage: string, work: () => Promise<T>): Promise<T>
  add(stage: string, seconds: number): void
  /** Seconds per stage so far, rounded to a tenth of a millisecond, with `total` since creation. */
  seconds(): Record<string, number>
}

export function createStopwatch(): Stopwatch {
  const started = performance.now()
  const stages = new Map<string, number>()
  const add = (stage: string, seconds: number) => stages.set(stage, (stages.get(stage) ?? 0) + seconds)
  return {
    add,
    async time(stage, work) {
      const begin = performance.now()
      try {
        return await work()
      } finally {
        add(stage, (performance.now() - begin) / 1000)
      }
    },
    seconds() {
      const total = (performance.now() - started) / 1000
      return Object.fromEntries([...stages, ['total', total] as const].map(([stage, s]) => [stage, round(s)]))
    },
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1e4) / 1e4
}

/** Largest resident memory of this process so far, in bytes. */
export function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024
}

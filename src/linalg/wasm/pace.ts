import { turn } from '#core/turn'

/** Work in a row may hold the event loop this long, then it gets a turn. */
const holdMilliseconds = 8

/** Spreads many short pieces of work over the turns of the event loop. */
export interface Pace {
  /** Resolves at once, or after a turn where the loop has been held long enough. */
  step(): Promise<void> | undefined
}

export function createPace(): Pace {
  let since = performance.now()
  return {
    step() {
      if (performance.now() - since < holdMilliseconds) return undefined
      return turn().then(() => {
        since = performance.now()
      })
    },
  }
}

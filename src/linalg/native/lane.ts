import { nextTurn } from '../tiles.ts'
import type { NativeFunction } from './routines.ts'

/** Floating-point operations below which a call runs on this thread: about a millisecond of one core. */
const smallWork = 5e7
/** Below this one thread is done before the others have woken. */
const soloWork = 1e7
/** Small calls in a row may hold the event loop this long, then it gets a turn. */
const holdMilliseconds = 10

export interface ThreadControl {
  /** Whether `set` does anything. */
  readonly adjustable: boolean
  set(threads: number): void
  /** What the library really uses. */
  get(): number
}

/**
 * Runs a library's calls: small ones at once on this thread, large ones on pool threads, one after another, where each has
 * all of the library's threads, or several beside one another with one thread each. A process has one lane per library,
 * because the thread count is shared.
 */
export interface Lane {
  /** Whether calls can be given one thread each. */
  readonly adjustable: boolean
  run(
    threads: number,
    work: number,
    native: NativeFunction,
    args: readonly unknown[],
  ): number | undefined | Promise<number | undefined>
  /** On one thread, beside at most `together` − 1 other calls of this kind. */
  runApart(
    together: number,
    work: number,
    native: NativeFunction,
    args: readonly unknown[],
  ): number | undefined | Promise<number | undefined>
  /** Of the threads asked for, those that the library allows. */
  threadsOf(wanted: number): Promise<number>
  /** When everything asked for so far is done. */
  idle(): Promise<void>
}

interface Waiting {
  readonly threads: number
  /** Calls that may run at once: 1 for one that wants to be alone. */
  readonly together: number
  start(): void
}

export function createLane(control: ThreadControl): Lane {
  const waiting: Waiting[] = []
  let running = 0
  let apart = false
  let turned = performance.now()
  let threadsInUse: number | undefined
  /** The native side holds bare addresses, so arrays in use are kept from collection here. */
  const inUse = new Set<readonly unknown[]>()

  const useThreads = (threads: number) => {
    if (threads === threadsInUse) return
    control.set(threads)
    threadsInUse = threads
  }
  const startNext = () => {
    for (let next = waiting.at(0); next; next = waiting.at(0)) {
      if (running > 0 && !(apart && running < next.together)) return
      waiting.shift()
      running++
      apart = next.together > 1
      useThreads(next.threads)
      next.start()
    }
  }
  const inTurn = <Result>(
    threads: number,
    together: number,
    step: () => Result | Promise<Result>,
  ): Promise<Result> =>
    new Promise<Result>((resolve, reject) => {
      const start = () => {
        const result = Promise.resolve(step()).finally(() => {
          running--
          startNext()
        })
        result.then(resolve, reject)
      }
      waiting.push({ threads, together, start })
      startNext()
    })
  const onPoolThread = (native: NativeFunction, args: readonly unknown[]) =>
    new Promise<number | undefined>((resolve, reject) => {
      inUse.add(args)
      native.async(...args, (error: unknown, result: number | undefined) => {
        inUse.delete(args)
        if (error) reject(error)
        else resolve(result)
      })
    })
  /** Here, once the event loop has had its turns. */
  const here = (
    threads: number,
    native: NativeFunction,
    args: readonly unknown[],
    again: () => number | undefined | Promise<number | undefined>,
  ) => {
    if (performance.now() - turned < holdMilliseconds) {
      useThreads(threads)
      return native(...args)
    }
    return nextTurn().then(() => {
      turned = performance.now()
      return again()
    })
  }

  const run: Lane['run'] = (wanted, work, native, args) => {
    // By the work alone, wherever the call then runs: the number of threads decides the last bits.
    const threads = work < soloWork ? 1 : wanted
    const busy = running > 0 || waiting.length > 0
    // A small call beside a large one could wait for the library's own lock, and the event loop with it.
    if (busy || work >= smallWork) return inTurn(threads, 1, () => onPoolThread(native, args))
    return here(threads, native, args, () => run(wanted, work, native, args))
  }

  const runApart: Lane['runApart'] = (together, work, native, args) => {
    // Calls of one thread share no lock.
    const alone = running > 0 && !apart
    if (alone || work >= soloWork) return inTurn(1, together, () => onPoolThread(native, args))
    return here(1, native, args, () => runApart(together, work, native, args))
  }

  return {
    adjustable: control.adjustable,
    run,
    runApart,
    threadsOf: (wanted) => inTurn(wanted, 1, () => control.get()),
    async idle() {
      await inTurn(threadsInUse ?? 1, 1, () => undefined)
    },
  }
}

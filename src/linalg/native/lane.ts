import { nextTurn } from '../tiles.ts'
import type { NativeFunction } from './routines.ts'

/** Floating-point operations below which a call runs on this thread: about a millisecond of one core. */
const smallWork = 5e7
/** Below this one thread is done before the others have woken. */
const soloWork = 1e7
/** Small calls in a row may hold the event loop this long, then it gets a turn. */
const holdMilliseconds = 10

export interface ThreadControl {
  set(threads: number): void
  /** What the library really uses. */
  get(): number
}

/**
 * Runs a library's calls: small ones at once on this thread, large ones one after another on a pool thread, where
 * each has all of the library's threads. A process has one lane per library, because the thread count is shared.
 */
export interface Lane {
  run(
    threads: number,
    work: number,
    native: NativeFunction,
    args: readonly unknown[],
  ): number | undefined | Promise<number | undefined>
  /** Of the threads asked for, those that the library allows. */
  threadsOf(wanted: number): Promise<number>
  /** When everything asked for so far is done. */
  idle(): Promise<void>
}

export function createLane(control: ThreadControl): Lane {
  let last: Promise<unknown> = Promise.resolve()
  let pending = 0
  let turned = performance.now()
  let threadsInUse: number | undefined
  /** The native side holds bare addresses, so arrays in use are kept from collection here. */
  const inUse = new Set<readonly unknown[]>()

  const useThreads = (threads: number) => {
    if (threads === threadsInUse) return
    control.set(threads)
    threadsInUse = threads
  }
  const inTurn = <Result>(step: () => Result | Promise<Result>): Promise<Result> => {
    pending++
    const result = last.then(step).finally(() => pending--)
    last = result.catch(() => undefined)
    return result
  }
  const onPoolThread = (native: NativeFunction, args: readonly unknown[]) =>
    new Promise<number | undefined>((resolve, reject) => {
      inUse.add(args)
      native.async(...args, (error: unknown, result: number | undefined) => {
        inUse.delete(args)
        if (error) reject(error)
        else resolve(result)
      })
    })

  const run: Lane['run'] = (wanted, work, native, args) => {
    // By the work alone, wherever the call then runs: the number of threads decides the last bits.
    const threads = work < soloWork ? 1 : wanted
    // A small call beside a large one could wait for the library's own lock, and the event loop with it.
    if (pending > 0 || work >= smallWork) {
      return inTurn(() => {
        useThreads(threads)
        return onPoolThread(native, args)
      })
    }
    if (performance.now() - turned < holdMilliseconds) {
      useThreads(threads)
      return native(...args)
    }
    return nextTurn().then(() => {
      turned = performance.now()
      return run(wanted, work, native, args)
    })
  }

  return {
    run,
    threadsOf: (wanted) =>
      inTurn(() => {
        useThreads(wanted)
        return control.get()
      }),
    async idle() {
      await last
    },
  }
}

import { nextTurn } from '../tiles.ts'
import type { NativeFunction } from './routines.ts'

/** Floating-point operations below which a call runs on this thread: well under a millisecond. */
const smallWork = 5e6
/** Small calls in a row may hold the event loop this long, then it gets a turn. */
const holdMilliseconds = 10

/** Runs native calls: small ones at once on this thread, large ones one after another on a pool thread. */
export interface Lane {
  run(
    work: number,
    native: NativeFunction,
    args: readonly unknown[],
  ): number | undefined | Promise<number | undefined>
  close(): Promise<void>
}

export function createLane(): Lane {
  let last: Promise<unknown> = Promise.resolve()
  let pending = 0
  let turned = performance.now()
  let closed = false
  /** The native side holds bare addresses, so arrays in use are kept from collection here. */
  const inUse = new Set<readonly unknown[]>()

  const onPoolThread = (native: NativeFunction, args: readonly unknown[]) =>
    new Promise<number | undefined>((resolve, reject) => {
      inUse.add(args)
      native.async(...args, (error: unknown, result: number | undefined) => {
        inUse.delete(args)
        if (error) reject(error)
        else resolve(result)
      })
    })

  const run: Lane['run'] = (work, native, args) => {
    if (closed) throw new Error('the linear-algebra provider is closed')
    // A small call beside a large one could wait for the library's own lock, and the event loop with it.
    if (pending === 0 && work < smallWork) {
      if (performance.now() - turned < holdMilliseconds) return native(...args)
      return nextTurn().then(() => {
        turned = performance.now()
        return run(work, native, args)
      })
    }
    pending++
    const result = last.then(() => onPoolThread(native, args)).finally(() => pending--)
    last = result.catch(() => undefined)
    return result
  }

  return {
    run,
    async close() {
      closed = true
      await last
    },
  }
}

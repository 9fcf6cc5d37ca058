/**
 * Lets the event loop run once: timers, Ctrl-C, progress lines and other tasks get their turn.
 * Long loops await it at least every 50 ms.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve)
      return
    }
    // A browser delays nested timers by 4 ms; a message is not delayed.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

import { RetortError } from '#core/errors'

/** First Ctrl-C (or SIGTERM): the returned signal aborts, work saves its state and exits 130. Second: exit now. */
export function watchInterrupts(notice: (line: string) => void): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) {
      // process.exit would wait for a running native call; the signal's own default does not.
      dispose()
      process.kill(process.pid, 'SIGINT')
      return
    }
    notice('Stopping; press Ctrl-C again to exit at once.')
    controller.abort(
      new RetortError({
        code: 'interrupted/stopped',
        message: 'Stopped before it was done.',
        why: 'Nothing that was there before has been changed.',
        hint: 'Run the same command again; work that was saved is not done twice.',
      }),
    )
  }
  const dispose = () => {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return { signal: controller.signal, dispose }
}

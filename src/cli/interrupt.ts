import { RetortError } from '#core/errors'

/** First Ctrl-C (or SIGTERM): the returned signal aborts, work saves its state and exits 130. Second: exit now. */
export function watchInterrupts(notice: (line: string) => void): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
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
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}

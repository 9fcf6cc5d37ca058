import type { RidgeSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { Method } from '#core/method'
import type { Watch } from '#core/progress'
import { randomStream } from '#core/random'
import type { RidgeTask } from '#methods/ridge-task'
import type { StepsFile } from './steps-file.ts'
import { saveEvery } from './steps-file.ts'

/**
 * Steps a method to its end, reporting each step. One that can be stored goes on from where an earlier run of the same
 * command stopped, whether it was interrupted or its budget was too small, and is kept when it is stopped itself.
 * @returns the set, with the operations of its steps, of earlier runs too, where the method counts them (else 0)
 */
export async function runMethod<Options, State>(
  method: Method<Options, RidgeTask, State, RidgeSet>,
  options: unknown,
  task: RidgeTask,
  file: StepsFile,
  watch: Watch,
): Promise<{ readonly set: RidgeSet; readonly operations: number }> {
  const streams = (...tags: (string | number)[]) => randomStream(task.seed, method.id, ...tags)
  const start = await method.init(task, method.options.parse(options), streams)
  let state: State = start
  if (method.resume) {
    const stored = await file.load()
    const before = stored && method.resume.restore(start, stored)
    if (before !== undefined) state = before
  }
  let saved = performance.now()
  try {
    for (;;) {
      watch.signal?.throwIfAborted()
      const step = await method.step(state)
      watch.report?.(step.progress)
      // Scores are still to come, and may be stopped as well: the last step alone is then taken again.
      if (step.done && method.resume) await file.save(method.resume.store(state))
      state = step.state
      if (step.done) return { set: await method.finish(state), operations: method.operations?.(state) ?? 0 }
      if (method.resume && performance.now() - saved >= saveEvery) {
        await file.save(method.resume.store(state))
        saved = performance.now()
      }
    }
  } catch (error) {
    if (!method.resume) throw error
    const spent = error instanceof RetortError && error.exitCode === 5
    if (spent || watch.signal?.aborted) await file.save(method.resume.store(state))
    throw spent ? kept(error) : error
  }
}

function kept({ code, message, why, hint, path, values, cause }: RetortError): RetortError {
  const goesOn =
    'The best so far is kept beside the output: the same command with a larger budget goes on from it.'
  return new RetortError({ code, message, why: why ? `${why} ${goesOn}` : goesOn, hint, path, values, cause })
}

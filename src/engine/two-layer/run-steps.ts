import type { Watch } from '#core/progress'
import { randomStream } from '#core/random'
import { methods } from '#methods/index'
import { resumeTwoLayer } from '#methods/two-layer'
import type { TwoLayerOptions } from '#methods/two-layer-options'
import type { TwoLayerTask } from '#methods/two-layer-task'
import type { TwoLayerState } from '#methods/two-layer/run'
import { restoreRun, storeRun } from '#methods/two-layer/stored-run'
import type { StepsFile } from '../steps-file.ts'
import { saveEvery } from '../steps-file.ts'

export interface StepSettings {
  /** Where an earlier run may have stopped, and where this one is saved when it is stopped itself. */
  readonly file?: StepsFile
  /** Whether to stop at a state already. */
  until?(run: TwoLayerState['run']): boolean
}

/**
 * Steps the method to its end, reporting each step, from where an earlier run of the same command stopped. A step that is
 * stopped is taken again from its start.
 * @throws RetortError as steps do, and the reason of the signal
 */
export async function runTwoLayer(
  task: TwoLayerTask,
  options: TwoLayerOptions,
  watch: Watch,
  { file, until = () => false }: StepSettings = {},
): Promise<TwoLayerState> {
  const method = methods['two-layer']
  let state = await startOf(task, options, file)
  let saved = performance.now()
  for (;;) {
    try {
      watch.signal?.throwIfAborted()
      if (state.run.stage === 'done' || until(state.run)) return state
      const step = await method.step(state)
      watch.report?.(step.progress)
      state = step.state
    } catch (error) {
      if (watch.signal?.aborted) await saveRun(file, state)
      throw error
    }
    // Scores are still to come after the last step, and may be stopped as well.
    if (state.run.stage !== 'done' && performance.now() - saved < saveEvery) continue
    await saveRun(file, state)
    saved = performance.now()
  }
}

async function startOf(
  task: TwoLayerTask,
  options: TwoLayerOptions,
  file: StepsFile | undefined,
): Promise<TwoLayerState> {
  const method = methods['two-layer']
  const streams = (...tags: (string | number)[]) => randomStream(task.seed, method.id, ...tags)
  const stored = await file?.load()
  const run = stored && restoreRun(stored)
  return run ? resumeTwoLayer(task, options, streams, run) : method.init(task, options, streams)
}

async function saveRun(file: StepsFile | undefined, { run }: TwoLayerState): Promise<void> {
  if (run.stage !== 'linear part') await file?.save(storeRun(run))
}

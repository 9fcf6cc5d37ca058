import { z } from 'zod'
import type { Watch } from '#core/progress'
import { kip } from '#methods/kip'
import type { KipState } from '#methods/kip'
import { restoreVariables, storeVariables } from '#methods/kip/variables'
import type { StepsFile } from '../steps-file.ts'
import { saveEvery } from '../steps-file.ts'

/** What stands beside the tensors. */
const counted = z.object({ step: z.int(), loss: z.number() })

/**
 * Steps a method to its end from where an earlier run stopped. When it is stopped itself it saves the state first.
 * @throws RetortError as steps do, and the reason of the signal
 */
export async function runSteps(start: KipState, file: StepsFile, watch: Watch): Promise<KipState> {
  let state = await resumed(start, file)
  let saved = performance.now()
  for (;;) {
    if (watch.signal?.aborted) {
      if (state.variables.step > 0) await saveVariables(file, state)
      watch.signal.throwIfAborted()
    }
    const step = await kip.step(state)
    watch.report?.(step.progress)
    state = step.state
    if (step.done) return state
    if (performance.now() - saved < saveEvery) continue
    await saveVariables(file, state)
    saved = performance.now()
  }
}

export async function saveVariables(file: StepsFile, { variables }: KipState): Promise<void> {
  const { step, loss, tensors } = storeVariables(variables)
  await file.save({ about: { step, loss }, tensors })
}

async function resumed(start: KipState, file: StepsFile): Promise<KipState> {
  const stored = await file.load()
  const { points, labels } = start.variables
  const shape = { points: points.rows, inputs: points.cols, targets: labels.cols }
  const about = counted.safeParse(stored?.about).data
  const variables = stored && about && restoreVariables({ ...about, tensors: stored.tensors }, shape)
  if (variables === undefined || variables.step > start.plan.options.steps) return start
  return { ...start, variables }
}

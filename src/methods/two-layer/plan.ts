import { inputSize } from '#core/dataset'
import { createCentredExamples } from '#models/two-layer/centred-examples'
import { createRoom } from '#models/two-layer/room'
import type { TwoLayerOptions } from '../two-layer-options.ts'
import type { TwoLayerTask } from '../two-layer-task.ts'
import type { RandomStreams, TwoLayerPlan } from './run.ts'

/** Settles what the options leave open. */
export function planTwoLayer(
  task: TwoLayerTask,
  options: TwoLayerOptions,
  random: RandomStreams,
): TwoLayerPlan {
  const { rank, reuse } = options
  const taken = reuse !== undefined
  const points =
    task.reuse?.points.rows ?? options.points ?? (rank === undefined ? 8 : Math.max(2, 2 * rank * rank))
  return {
    task,
    options,
    random,
    inputSize: inputSize(task),
    centred: createCentredExamples(task.passes, task.blas),
    room: createRoom(),
    points,
    steps: taken ? 0 : (options.steps ?? (options.matching === 'squared' ? 100 : 3)),
    refinement: taken ? 0 : options.refinement,
    labels: options.labelMode === 'feature-point' ? options.width : (options.labelCount ?? options.width),
  }
}

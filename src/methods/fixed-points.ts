import { z } from 'zod'
import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { inputSizeOf } from '#features/requests'
import { normalMatrix } from './closed-form/random-frame.ts'
import type { RandomStreams } from './ridge/construction.ts'
import type { RidgeTask } from './ridge-task.ts'

/** Where points come from that a method labels and does not move. */
export const pointSources = ['real', 'herding', 'k-means', 'k-center', 'gaussian'] as const
export type PointSource = (typeof pointSources)[number]

export const pointsFromOption = z
  .enum(pointSources)
  .default('real')
  .describe(
    'points: real examples drawn at random, or chosen by herding, k-means or k-center; gaussian: standard normals in the preprocessed space',
  )

/**
 * @returns `count` points, preprocessed
 * @throws RetortError `data/too-few-examples`
 */
export async function fixedPoints(
  task: RidgeTask,
  from: PointSource,
  count: number,
  random: RandomStreams,
): Promise<{ points: Matrix; classes?: Int32Array }> {
  if (from === 'gaussian') {
    return { points: await normalMatrix(random('points'), count, inputSizeOf(task.inputShape)) }
  }
  const found = await task.references(count, from === 'real' ? undefined : from)
  if (found.points.rows === count) return found
  throw new RetortError({
    code: 'data/too-few-examples',
    message: `${count} real examples are needed, one for each point, and there are ${found.points.rows}`,
    why: 'Each point is another example.',
    hint: 'Use --points-from gaussian, or fewer --points.',
    path: '--points-from',
    values: { wanted: count, found: found.points.rows },
  })
}

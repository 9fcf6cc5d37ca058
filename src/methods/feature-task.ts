import { RetortError } from '#core/errors'
import type { FeatureMap } from '#features/feature-map'
import type { RidgeTask } from './ridge-task.ts'

/** The map of a task. @throws RetortError `usage/no-features` where the model is on the inputs themselves */
export function featuresOf({ features }: Pick<RidgeTask, 'features'>, method: string): FeatureMap {
  if (features) return features
  throw new RetortError({
    code: 'usage/no-features',
    message: `the method ${method} needs a feature map`,
    hint: 'Add --features dense (or conv, fourier, coupling, linear-net, network), or use --method ridge.',
    path: '--features',
  })
}

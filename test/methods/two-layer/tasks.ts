import type { Blas } from '#linalg/blas'
import type { TwoLayerTask } from '#methods/two-layer-task'
import { predictTwoLayer } from '#models/two-layer/model'
import type { TwoLayerModel } from '#models/two-layer/model'
import type { MultiIndex, MultiIndexSettings } from '../../models/two-layer/multi-index.ts'
import { multiIndex } from '../../models/two-layer/multi-index.ts'

export interface SyntheticTask extends TwoLayerTask {
  readonly truth: MultiIndex
  /** Relative mean squared error on fresh inputs. */
  errorOf(model: TwoLayerModel): Promise<number>
}

export async function syntheticTask(settings: MultiIndexSettings, blas: Blas): Promise<SyntheticTask> {
  const truth = await multiIndex(settings, blas)
  return {
    blas,
    passes: truth.passes,
    count: settings.count,
    target: { kind: 'real', names: ['y'] },
    inputShape: [settings.inputSize],
    preprocessing: { name: 'none' },
    seed: settings.seed,
    provenance: 'synthetic',
    subspace: truth.subspace,
    truth,
    errorOf: async (model) => truth.errorOf(await predictTwoLayer(model, truth.testInputs, blas)),
  }
}

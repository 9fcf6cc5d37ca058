import type { Dataset } from '#core/dataset'
import type { RidgeMethodId } from '#methods/index'
import type { ArtefactSettings, FeatureSettings, FitSettings, InputSettings } from './settings.ts'

/** What every family of methods is asked with. */
export interface RunRequest {
  readonly dataset: Dataset
  /** Name of the input as it may be published. */
  readonly name: string
  /** Words of the command line that repeat this, without the output folder. */
  readonly command: readonly string[]
  readonly input: InputSettings
  readonly fit: FitSettings
  readonly artefact: ArtefactSettings
  readonly output: string
}

/** What the methods are asked with that may stand behind a feature map. */
export interface MappedRequest extends RunRequest {
  readonly features: FeatureSettings
}

/** What the methods of ridge regression are asked with. */
export interface DistillRequest extends MappedRequest {
  readonly method: RidgeMethodId
  /** As the method's schema has them; its defaults are filled in. */
  readonly methodOptions: object
}

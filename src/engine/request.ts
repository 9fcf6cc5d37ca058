import type { Dataset } from '#core/dataset'
import type { ArtefactSettings, FitSettings, InputSettings } from './settings.ts'

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

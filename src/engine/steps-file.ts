import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { StoredState } from '#core/method'
import { writeFileAtomically } from '#data/atomic-file'
import type { TensorInput } from '#data/formats/safetensors'
import { encodeSafetensors, readSafetensors } from '#data/formats/safetensors'
import { bytesSource } from '#data/source'

const format = 'retort-steps'

/** The state of an iterative method beside its output, to the last bit, until the output is written. */
export interface StepsFile {
  /** What an earlier run of the very same command left; undefined where there is nothing of use. */
  load(): Promise<StoredState | undefined>
  save(steps: StoredState): Promise<void>
  remove(): Promise<void>
}

/** Milliseconds between two saves; a run that is killed loses no more than this and a step. */
export const saveEvery = 60_000

/**
 * @param output what the steps are for; they are kept in `OUTPUT.retort-steps`
 * @param identity of data, method and settings: steps of another run are not used
 */
export function stepsFileBeside(output: string, identity: string): StepsFile {
  const path = `${output}.retort-steps`
  return {
    async load() {
      if (!existsSync(path)) return undefined
      try {
        const { tensors, metadata } = await readSafetensors(bytesSource(path, await readFile(path)))
        if (metadata.format !== format || metadata.identity !== identity) return undefined
        const found: Record<string, Matrix> = {}
        for (const [name, entry] of Object.entries(tensors)) {
          const data = await entry.read()
          const [rows, cols] = entry.shape
          if (entry.shape.length !== 2 || !(data instanceof Float64Array)) return undefined
          found[name] = matrix(rows, cols, data)
        }
        return { about: JSON.parse(metadata.about), tensors: found }
      } catch (error) {
        // A damaged file: the steps are taken again.
        if (error instanceof RetortError || error instanceof SyntaxError) return undefined
        throw error
      }
    },
    async save({ about, tensors }) {
      const inputs: Record<string, TensorInput> = {}
      for (const [name, { rows, cols, data }] of Object.entries(tensors)) {
        inputs[name] = { dtype: 'F64', shape: [rows, cols], data }
      }
      const metadata = { format, identity, about: JSON.stringify(about) }
      await writeFileAtomically(path, encodeSafetensors(inputs, metadata))
    },
    remove: () => rm(path, { force: true }),
  }
}

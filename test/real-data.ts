import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Folder of the real datasets, or undefined where they are not installed; tests then skip by name. */
export const dataRoot: string | undefined = [process.env.RETORT_DATA, resolve('../shared/data')].find(
  (path) => path !== undefined && existsSync(path),
)

/** Path of one real dataset; only call where `dataRoot` is known. */
export function realData(...parts: string[]): string {
  if (dataRoot === undefined) throw new Error('RETORT_DATA is not set')
  return join(dataRoot, ...parts)
}

import { lstat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RetortError } from '#core/errors'
import { withDiskFaults } from '#data/atomic-file'
import { requireOutside, requireWritable } from './output-folder.ts'

/**
 * Refuses a file that must not be written, before any work: what is there already, unless it is to be replaced, and
 * never what is read. Unlike an artefact folder, nothing in a file tells whether it is missed.
 * @param inputs paths that are read
 * @param force replace what is there
 * @throws RetortError `usage/output-exists`, `usage/output-in-use`, `usage/not-writable`
 */
export async function requireFreeFile(
  path: string,
  inputs: readonly string[],
  force: boolean,
): Promise<void> {
  await requireOutside(path, inputs)
  await withDiskFaults(path, () => requireWritable(path))
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return
  if (found.isDirectory()) {
    throw new RetortError({
      code: 'usage/output-exists',
      message: `${path} is a folder, not a file`,
      hint: `Name a file: -o ${path.replace(/[/\\]+$/, '') || dirname(path)}/NAME`,
      path,
    })
  }
  if (force) return
  throw new RetortError({
    code: 'usage/output-exists',
    message: `${path} is there already, a file of ${found.size} bytes`,
    why: 'What it holds would be lost.',
    hint: 'Choose another file with -o OTHER, or replace this one with --force.',
    path,
    values: { bytes: found.size },
  })
}

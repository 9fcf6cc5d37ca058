import { existsSync } from 'node:fs'
import { access, constants, readdir, realpath } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { RetortError } from '#core/errors'
import { recoverFolder, withDiskFaults } from '#data/atomic-file'
import { artefactFiles, certificateFile } from './artefact-files.ts'
import { decodeCertificate } from './certificate-file.ts'
import { notFolder, notReplaceable } from './faults.ts'
import { readArtefactFile } from './read.ts'

/** What a file manager leaves in a folder; nobody misses it. */
const clutter = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini'])

/**
 * Where an artefact may be written: a folder that is missing, empty or an earlier artefact. A folder that a killed
 * replacement moved aside is brought back first. Call it before long work, so that a refusal costs nothing.
 * @param overwrite replace whatever folder is there
 * @returns the absolute path, symbolic links followed
 * @throws RetortError `usage/output-exists`, `usage/output-in-use`, `usage/not-writable`
 */
export async function outputFolder(directory: string, overwrite = false): Promise<string> {
  await withDiskFaults(directory, async () => {
    await requireWritable(directory)
    await recoverFolder(directory)
  })
  const path = await followed(directory)
  if (path === undefined) return resolve(directory)
  let entries: string[]
  try {
    entries = await readdir(path)
  } catch {
    throw notFolder(directory)
  }
  requireElsewhere(directory, path)
  if (overwrite || entries.length === 0) return path
  const foreign = entries.filter((name) => !Object.hasOwn(artefactFiles, name) && !clutter.has(name))
  if (foreign.length > 0) {
    throw notReplaceable(directory, `holds ${listed(foreign)}, which Retort did not write`)
  }
  try {
    decodeCertificate(directory, await readArtefactFile(path, certificateFile))
  } catch {
    throw notReplaceable(directory, 'is not empty and has no certificate of an earlier artefact')
  }
  return path
}

/** @throws RetortError `usage/output-in-use` where this runs in the folder `path`, or below it */
export function requireElsewhere(directory: string, path: string): void {
  if (!`${process.cwd()}${sep}`.startsWith(`${path}${sep}`)) return
  throw new RetortError({
    code: 'usage/output-in-use',
    message: `${directory} is the folder that this runs in`,
    why: 'The output folder is replaced as a whole, which would pull the ground from under the shell.',
    hint: 'Name a folder inside it: -o distilled',
    path: directory,
  })
}

/**
 * Refuses an output that what is read lies in: it is replaced as a whole, also where that is asked for.
 * @param inputs paths; those that are not there are passed over
 * @throws RetortError `usage/output-in-use`
 */
export async function requireOutside(directory: string, inputs: readonly string[]): Promise<void> {
  const output = await followed(directory)
  if (output === undefined) return
  for (const input of inputs) {
    const path = await followed(input)
    if (path === undefined || !`${path}${sep}`.startsWith(`${output}${sep}`)) continue
    throw new RetortError({
      code: 'usage/output-in-use',
      message: output === path ? `${input} is input and output` : `${directory} holds the input ${input}`,
      why: 'The output is replaced as a whole, which would delete what it was made from.',
      hint: 'Choose another place with -o OTHER.',
      path: directory,
      values: { input },
    })
  }
}

/** Fails as the system does where neither the output nor the folders that it lacks can be created. */
export async function requireWritable(path: string): Promise<void> {
  await access(nearestFolder(path), constants.W_OK)
}

/** The folder that the output, or the folders that it lacks, will be created in. */
function nearestFolder(directory: string): string {
  let folder = dirname(resolve(directory))
  while (!existsSync(folder)) folder = dirname(folder)
  return folder
}

async function followed(directory: string): Promise<string | undefined> {
  try {
    return await realpath(directory)
  } catch {
    return undefined
  }
}

function listed(names: readonly string[]): string {
  return names.length > 3
    ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more files`
    : names.join(', ')
}

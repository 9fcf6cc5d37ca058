import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate, FileRecord } from '#core/certificate'
import { recoverFolder } from '#data/atomic-file'
import type { ArtefactFile } from './artefact-files.ts'
import { certificateFile, fileRecord } from './artefact-files.ts'
import { decodeCertificate } from './certificate-file.ts'
import { corruptFile, missing } from './faults.ts'
import type { RunRecord } from './run-record.ts'
import { decodeRun } from './run-record.ts'
import type { StoredSet } from './set-tensors.ts'
import { decodeSet } from './set-tensors.ts'

/** A set as its folder holds it. */
export interface StoredArtefact extends StoredSet {
  readonly directory: string
  readonly run: RunRecord
  /** Hash and size of the files that were read. */
  readonly files: Readonly<Record<'distilled.safetensors' | 'run.json', FileRecord>>
}

export interface ReadArtefact extends StoredArtefact {
  readonly certificate: Certificate
}

/**
 * Opens an artefact for use. The files that are read must be those that the certificate records; `retort verify`
 * checks all the rest.
 * @throws RetortError `artefact/missing`, `artefact/corrupt`, `artefact/schema`, `data/…`
 */
export async function readArtefact(directory: string): Promise<ReadArtefact> {
  await requireFolder(directory)
  const bytes = await readArtefactFile(directory, certificateFile)
  const certificate = decodeCertificate(join(directory, certificateFile), bytes)
  const stored = await readStored(directory, certificate.files)
  return { ...stored, certificate }
}

/**
 * Set and run of a folder.
 * @param records what the files must be; left out, they are taken as they are
 * @throws RetortError as `readArtefact`
 */
export async function readStored(
  directory: string,
  records?: Readonly<Record<string, FileRecord>>,
): Promise<StoredArtefact> {
  const read = async (name: 'distilled.safetensors' | 'run.json') => {
    const path = join(directory, name)
    const bytes = await readArtefactFile(directory, name)
    const record = fileRecord(bytes)
    if (records && records[name]?.sha256 !== record.sha256) {
      throw corruptFile(path, 'it is not the file that the certificate records')
    }
    return { path, bytes, record }
  }
  const [tensors, run] = await Promise.all([read('distilled.safetensors'), read('run.json')])
  return {
    ...(await decodeSet(tensors.path, tensors.bytes)),
    directory,
    run: decodeRun(run.path, run.bytes),
    files: { 'distilled.safetensors': tensors.record, 'run.json': run.record },
  }
}

/**
 * A folder to read from; one that a killed replacement moved aside is brought back.
 * @throws RetortError `artefact/missing`
 */
export async function requireFolder(directory: string): Promise<void> {
  if (await isFolder(directory)) return
  await recoverFolder(directory)
  if (await isFolder(directory)) return
  throw missing(directory, `${directory} is no folder`)
}

/** @throws RetortError `artefact/missing` where the file is not there */
export async function readArtefactFile(directory: string, name: ArtefactFile): Promise<Uint8Array> {
  const path = join(directory, name)
  try {
    return await readFile(path)
  } catch (cause) {
    if (isAbsent(cause)) throw missing(path, `${directory} holds no ${name}`)
    throw corruptFile(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    if (isAbsent(cause)) return false
    throw missing(path, cause instanceof Error ? cause.message : String(cause))
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate } from '#core/certificate'
import type { RidgeTraining, Training } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { TwoLayerTraining } from '#core/two-layer-training'
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
export interface StoredArtefact<T extends Training = Training> extends StoredSet<T> {
  readonly directory: string
  readonly run: RunRecord
}

/** Whether ridge regression is trained from the set. */
export function isRidge(stored: StoredArtefact): stored is StoredArtefact<RidgeTraining> {
  return stored.set.training.kind === 'ridge'
}

/** Whether two-layer networks are trained from the set. */
export function isTwoLayer<A extends StoredArtefact>(
  stored: A,
): stored is A & StoredArtefact<TwoLayerTraining> {
  return stored.set.training.kind === 'two-layer'
}

/** @throws RetortError `usage/other-training` for a set that ridge regression is not trained from */
export function requireRidge<A extends StoredArtefact>(stored: A): A & StoredArtefact<RidgeTraining> {
  const { set } = stored
  const { training } = set
  if (training.kind === 'ridge') return { ...stored, set: { ...set, training } }
  throw new RetortError({
    code: 'usage/other-training',
    message: `${stored.directory} is no set for ridge regression: its models are of kind ${training.kind}`,
    hint: 'Make one with: retort distill DATA --method ridge',
    values: { kind: training.kind },
  })
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
  const files = await readStoredFiles(directory)
  for (const [name, content] of Object.entries(files)) {
    if (certificate.files[name]?.sha256 !== fileRecord(content).sha256) {
      throw corruptFile(join(directory, name), 'it is not the file that the certificate records')
    }
  }
  return { ...(await decodeStored(directory, files)), certificate }
}

/** Set and run of a folder, whatever its certificate says. @throws RetortError as `readArtefact` */
export async function readStored(directory: string): Promise<StoredArtefact> {
  return decodeStored(directory, await readStoredFiles(directory))
}

/** The files that hold a set and the record of its run. */
export type StoredFiles = Readonly<Record<'distilled.safetensors' | 'run.json', Uint8Array>>

async function readStoredFiles(directory: string): Promise<StoredFiles> {
  const [tensors, run] = await Promise.all([
    readArtefactFile(directory, 'distilled.safetensors'),
    readArtefactFile(directory, 'run.json'),
  ])
  return { 'distilled.safetensors': tensors, 'run.json': run }
}

/**
 * @param directory where the files come from, named in errors
 * @throws RetortError `artefact/corrupt`, `artefact/schema`, `data/…`
 */
export async function decodeStored(directory: string, files: StoredFiles): Promise<StoredArtefact> {
  return {
    ...(await decodeSet(join(directory, 'distilled.safetensors'), files['distilled.safetensors'])),
    directory,
    run: decodeRun(join(directory, 'run.json'), files['run.json']),
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

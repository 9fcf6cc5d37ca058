import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate, CertificateClaim, FileRecord } from '#core/certificate'
import type { DistilledSet } from '#core/distilled-set'
import type { Comparison } from '#core/evaluation'
import type { TwoLayerFindings } from '#core/two-layer-findings'
import { replaceFolderAtomically, temporaryBeside, withDiskFaults } from '#data/atomic-file'
import type { Blas } from '#linalg/blas'
import type { ArtefactFile } from './artefact-files.ts'
import { certificateFile, fileRecord } from './artefact-files.ts'
import { renderCard } from './card.ts'
import { encodeCertificate, sealCertificate } from './certificate-file.ts'
import { outputFolder } from './output-folder.ts'
import { picturePngs } from './preview/pictures.ts'
import type { ClassGrid } from './preview/class-grid.ts'
import { renderClassGrid } from './preview/class-grid.ts'
import type { Preview } from './preview/preview.ts'
import { renderPreview } from './preview/preview.ts'
import { pointPictures } from './point-pictures.ts'
import type { StoredArtefact } from './read.ts'
import { readStored } from './read.ts'
import type { Markup } from './report/html.ts'
import { renderReport } from './report/report.ts'
import type { RunDescription, RunRecord } from './run-record.ts'
import { encodeRun, runRecord } from './run-record.ts'
import type { Storage } from '#core/storage'
import { encodeTable } from './set-table.ts'
import { encodeSet } from './set-tensors.ts'

export interface StageRequest {
  readonly set: DistilledSet
  readonly storage: Storage
  readonly run: RunDescription
  /** Undoes the preprocessing for the pictures. */
  readonly blas: Blas
  /** Raw values of black and white, e.g. [0, 255] for 8-bit images; without it pictures are stretched each by itself. */
  readonly pixelRange?: readonly [number, number]
  /** Replace the output folder whatever it holds. */
  readonly overwrite?: boolean
}

export interface ReportInput {
  readonly claim: CertificateClaim
  readonly comparison?: Comparison
  readonly twoLayer?: TwoLayerFindings
  /** Sentences that stand before the limits. */
  readonly warnings?: readonly string[]
  /** Pictures and tables of the method's own. */
  readonly sections?: readonly Markup[]
}

/** An artefact that is complete but for its report and seal, in a folder beside its place. */
export interface StagedArtefact {
  /** The temporary folder. */
  readonly directory: string
  /** What was written, read back from the disk. */
  read(): Promise<StoredArtefact>
  /** Adds run.json with its scores, the card and the report. */
  addReport(input: ReportInput): Promise<void>
  /** Seals the folder with a certificate and puts it in its place, replacing an earlier artefact in one step. */
  commit<C extends CertificateClaim>(claim: C): Promise<Certificate<C>>
  /** Removes what was written; after `commit` it does nothing. */
  discard(): Promise<void>
}

/**
 * Writes the arrays of a set to a temporary folder beside `directory`, and begins to write its table and pictures.
 * Whatever happens until `commit`, an earlier artefact stays as it is; remains of a killed run are removed.
 * @throws RetortError `usage/output-exists`, `usage/output-in-use`, `usage/not-writable`, `check/not-finite`,
 * `resource/disk-full`, `resource/io`
 */
export async function stageArtefact(directory: string, request: StageRequest): Promise<StagedArtefact> {
  const { set, storage, overwrite } = request
  const run = runRecord(request.run, set, storage)
  const path = await outputFolder(directory, overwrite)
  const temporary = await withDiskFaults(directory, () => temporaryBeside(path))
  const files: Record<string, FileRecord> = {}
  const remove = () => rm(temporary, { recursive: true, force: true })

  const write: Write = async (name, bytes) => {
    const written = withDiskFaults(join(directory, name), () => writeFile(join(temporary, name), bytes))
    // Hashed here while the system writes.
    if (name !== certificateFile) files[name] = fileRecord(bytes)
    await written
  }
  try {
    await withDiskFaults(directory, () => mkdir(temporary))
    await write('distilled.safetensors', encodeSet(set, storage))
    await write('run.json', encodeRun(run))
  } catch (error) {
    await remove()
    throw error
  }
  // Goes on while the set is read back and certified.
  const pictured = writePictures(request, run, write)
  // A failure is thrown by what waits for the pictures; until then it must not count as unhandled.
  pictured.catch(() => undefined)

  let done = false
  const discard = async (): Promise<void> => {
    if (done) return
    done = true
    await pictured.catch(() => undefined)
    await remove()
  }
  const orDiscard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      await discard()
      throw error
    }
  }

  return {
    directory: temporary,
    read: () => readStored(temporary),
    addReport: ({ claim, comparison, twoLayer, warnings = [], sections = [] }) =>
      orDiscard(async () => {
        const { preview, grid } = await pictured
        const reported = { ...run, ...(comparison && { comparison }), ...(twoLayer && { twoLayer }) }
        const data = { set, storage, run: reported, claim, preview, grid, warnings, sections }
        const text = new TextEncoder()
        await write('run.json', encodeRun(reported))
        await write('README.md', text.encode(renderCard(data)))
        await write('report.html', text.encode(renderReport(data)))
      }),
    commit: (claim) =>
      orDiscard(async () => {
        await pictured
        const certificate = sealCertificate(claim, files)
        await write(certificateFile, encodeCertificate(certificate))
        await withDiskFaults(directory, () => replaceFolderAtomically(temporary, path))
        done = true
        return certificate
      }),
    discard,
  }
}

type Write = (name: ArtefactFile, bytes: Uint8Array) => Promise<void>

/** What no model is trained from: the table for pandas and the viewer of datasets, and the pictures. */
async function writePictures(
  { set, storage, blas, pixelRange }: StageRequest,
  run: RunRecord,
  write: Write,
): Promise<{ preview: Preview; grid: ClassGrid | undefined }> {
  const pictures = run.data.kind === 'image' ? await pointPictures(set, pixelRange, blas) : undefined
  // Pictures are compressed on other threads while the table is encoded on this one.
  const [preview, grid] = await Promise.all([
    renderPreview(set, pictures, run.data.columns),
    pictures && renderClassGrid(set, pictures),
    encodeTable(set, storage, pictures && picturePngs(pictures.distilled)).then((table) =>
      write('train.parquet', table),
    ),
  ])
  await write('preview.png', preview.png)
  return { preview, grid }
}

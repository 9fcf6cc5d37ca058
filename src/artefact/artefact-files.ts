import type { FileRecord } from '#core/certificate'
import { sha256Hex } from '#core/hash'

/** The files of an artefact folder and what each is for; there are no others. */
export const artefactFiles = {
  'train.parquet': 'points and labels as a table, for pandas, Polars, DuckDB and the Hugging Face viewer',
  'distilled.safetensors': 'the exact arrays: points, labels, the model W, the preprocessing, all settings',
  'preview.png': 'the points as a picture',
  'README.md': 'the dataset card',
  'run.json': 'how the set was made: settings, versions, cost, scores',
  'report.html': 'the report, one self-contained page',
  'certificate.json': 'the claim, its proof in numbers, and the hash of every other file',
} as const

export type ArtefactFile = keyof typeof artefactFiles

export const certificateFile = 'certificate.json'

/** All files that the certificate records: all but itself. */
export const recordedFiles = Object.keys(artefactFiles).filter(
  (name): name is Exclude<ArtefactFile, typeof certificateFile> => name !== certificateFile,
)

export function fileRecord(bytes: Uint8Array): FileRecord {
  return { sha256: sha256Hex(bytes), bytes: bytes.length }
}

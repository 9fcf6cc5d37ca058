import { mkdir, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { RetortError } from '#core/errors'
import { writeFileAtomically, writeFolderAtomically } from '#data/atomic-file'
import type { Blas } from '#linalg/blas'
import { notFolder } from '../faults.ts'
import { requireElsewhere } from '../output-folder.ts'
import { pointPictures } from '../point-pictures.ts'
import { picturePngs } from '../preview/pictures.ts'
import type { ReadArtefact } from '../read.ts'

interface ExportContext {
  readonly blas: Blas
  /** Replace a folder that holds other files. Whether a file may be replaced is settled before. */
  readonly force: boolean
}

type Export = (artefact: ReadArtefact, output: string, context: ExportContext) => Promise<void>

/** What an artefact can be written as, by name; a new format is one row. */
export const exports: Readonly<Record<'parquet' | 'safetensors' | 'npz' | 'csv' | 'png', Export>> = {
  parquet: async ({ directory }, output) =>
    writeFileAtomically(output, await readFile(join(directory, 'train.parquet'))),
  safetensors: async ({ directory }, output) =>
    writeFileAtomically(output, await readFile(join(directory, 'distilled.safetensors'))),
  async npz({ set, storage }, output) {
    const { encodeNpz } = await import('./npz.ts')
    await writeFileAtomically(output, encodeNpz(set, storage))
  },
  async csv({ set, storage, run }, output) {
    const { encodeCsv } = await import('./csv.ts')
    await writeFileAtomically(output, encodeCsv(set, storage, run.data.columns))
  },
  png: writePictures,
}

export type ExportFormat = keyof typeof exports

/** The format that an output path asks for by its ending; a path without ending is a folder of pictures. */
export function exportFormatOf(path: string): ExportFormat | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1].toLowerCase()
  if (ending === undefined) return 'png'
  return isExportFormat(ending) && ending !== 'png' ? ending : undefined
}

export function isExportFormat(name: string): name is ExportFormat {
  return Object.hasOwn(exports, name)
}

/** `CLASS/003.png` for each point, as folders of images by class are laid out. */
async function writePictures(
  { set, run, directory }: ReadArtefact,
  output: string,
  { blas, force }: ExportContext,
): Promise<void> {
  if (run.data.kind !== 'image') {
    throw new RetortError({
      code: 'usage/no-pictures',
      message: `The points of ${directory} are vectors, not images`,
      hint: `Write them as a table: retort convert ${directory} -o points.csv`,
      path: directory,
    })
  }
  const { distilled } = await pointPictures(set, [0, 255], blas)
  const pictures = picturePngs(distilled).map((png, i) => {
    const name = set.classes ? set.target.names[set.classes[i]] : 'points'
    return { path: join(name.replace(/[^\w.-]+/g, '-') || 'class', `${String(i).padStart(3, '0')}.png`), png }
  })
  await requireOwnFolder(output, new Set(pictures.map(({ path }) => path)), force)
  await writeFolderAtomically(output, async (folder) => {
    for (const { path, png } of pictures) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), png)
    }
  })
}

/** Only a folder whose every file will be written again is replaced unasked, and never a file. */
async function requireOwnFolder(output: string, own: ReadonlySet<string>, force: boolean): Promise<void> {
  const found = await stat(output).catch(() => undefined)
  if (found === undefined) return
  if (!found.isDirectory()) throw notFolder(output)
  requireElsewhere(output, await realpath(output))
  if (force) return
  const entries = await readdir(output, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  const foreign = files
    .map(({ name, parentPath }) => relative(output, join(parentPath, name)))
    .find((path) => !own.has(path))
  if (foreign === undefined) return
  throw new RetortError({
    code: 'usage/output-exists',
    message: `${output} holds ${foreign}, which this would delete`,
    why: 'The folder is replaced as a whole.',
    hint: 'Choose another folder with -o OTHER, or replace this one with --force.',
    path: output,
  })
}

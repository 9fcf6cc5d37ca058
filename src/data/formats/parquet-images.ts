import { corrupt, unsupported } from '../faults.ts'
import { imageKind } from './image-codec.ts'
import type { EncodedImage, LabelledImages } from './image-dataset.ts'
import { readColumns, rowRanges, type ParquetFile, type RowRange } from './parquet-file.ts'

const blockBytes = 16 * 1024 * 1024

/** The column that holds encoded images: a struct with `bytes`, or bytes that begin as an image does. */
export async function imageColumn(file: ParquetFile): Promise<string | undefined> {
  const struct = file.columns.find(({ kind }) => kind === 'image')
  if (struct || file.rows === 0) return struct?.name
  for (const { name, kind } of file.columns) {
    if (kind !== 'bytes') continue
    for await (const { 0: value } of readColumns(file, { start: 0, end: 1 }, [name])) {
      if (value instanceof Uint8Array && imageKind(value)) return name
    }
  }
  return undefined
}

/**
 * The images of one split.
 * @param rows row of each example, counted over all files
 * @param targets class of each example, or count × k numbers
 */
export function parquetImages(
  files: readonly ParquetFile[],
  column: string,
  rows: Float64Array,
  targets: Int32Array | Float64Array,
): LabelledImages {
  const blocks: { file: ParquetFile; range: RowRange; first: number }[] = []
  let first = 0
  for (const file of files) {
    for (const range of rowRanges(file, [column], blockBytes))
      blocks.push({ file, range, first: first + range.start })
    first += file.rows
  }
  let recent: { block: number; images: Promise<EncodedImage[]> } | undefined

  const load = async (block: number): Promise<EncodedImage[]> => {
    const { file, range } = blocks[block]
    for await (const values of readColumns(file, range, [column])) {
      return Array.from(values, (value, row) => encoded(file.source.name, range.start + row, value))
    }
    throw corrupt(file.source.name, `column "${column}" is missing`)
  }

  return {
    count: rows.length,
    targets,
    async read(indices) {
      const images: EncodedImage[] = []
      for (const index of indices) {
        const row = rows[index]
        const block = blocks.findLastIndex(({ first }) => first <= row)
        if (recent?.block !== block) recent = { block, images: load(block) }
        images.push((await recent.images)[row - blocks[block].first])
      }
      return images
    },
  }
}

function encoded(file: string, row: number, value: unknown): EncodedImage {
  const bytes = value instanceof Uint8Array ? value : field(value, 'bytes')
  if (bytes instanceof Uint8Array && bytes.length > 0) return { name: `${file}, row ${row}`, bytes }
  const path = field(value, 'path')
  if (typeof path === 'string') {
    throw unsupported(
      file,
      `row ${row} names the image "${path}" but does not hold it`,
      'Embed the images: with Hugging Face datasets, dataset.to_parquet(…) does so.',
      { row },
    )
  }
  throw corrupt(file, `row ${row} holds no image`, { row })
}

function field(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined
  return Object.entries(object).find(([name]) => name === key)?.[1]
}

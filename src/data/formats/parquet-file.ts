import type { FileMetaData, SchemaTree } from 'hyparquet'
import { RetortError } from '#core/errors'
import { corrupt, unsupported } from '../faults.ts'
import type { Source } from '../source.ts'

/** What the cells of a top-level column are to Retort. */
export type ParquetKind = 'number' | 'boolean' | 'text' | 'list' | 'image' | 'bytes' | 'unsupported'

export interface ParquetColumn {
  readonly name: string
  readonly kind: ParquetKind
  /** Names of the values 0, 1, …, where the writer noted them (Hugging Face datasets) or the type is boolean. */
  readonly classNames?: readonly string[]
}

/** Consecutive rows of one row group. */
export interface RowRange {
  readonly start: number
  readonly end: number
}

/** One Parquet file whose footer was read. */
export interface ParquetFile {
  readonly source: Source
  readonly metadata: FileMetaData
  readonly rows: number
  readonly columns: readonly ParquetColumn[]
}

/** Values of one column for a range of rows: typed or plain, as the decoder gives them. */
export type ParquetValues = ArrayLike<unknown>

/**
 * Reads the footer.
 * @throws RetortError `data/truncated`, `data/corrupt`, `data/unsupported`
 */
export async function openParquetFile(source: Source): Promise<ParquetFile> {
  const { parquetMetadataAsync, parquetSchema } = await import('hyparquet')
  const tail = new TextDecoder().decode(await source.slice(source.byteLength - 4, source.byteLength))
  if (tail === 'PARE') {
    throw unsupported(source.name, 'the file is encrypted', 'Write it again without encryption.')
  }
  if (tail !== 'PAR1') {
    throw new RetortError({
      code: 'data/truncated',
      message: `${source.name} does not end with the Parquet footer (found ${JSON.stringify(tail)})`,
      why: 'The footer says where the columns lie; without it nothing can be read. The file was probably cut off.',
      hint: `Fetch ${source.name} again and compare its size or checksum with the original.`,
      path: source.name,
      values: { found: source.byteLength },
    })
  }
  const metadata = await reading(source.name, () => parquetMetadataAsync(source, { geoparquet: false }))
  const named = classNamesOf(metadata)
  const columns = parquetSchema(metadata).children.map((node): ParquetColumn => {
    const { name } = node.element
    const kind = kindOf(node)
    const classNames = kind === 'boolean' ? ['false', 'true'] : named.get(name)
    return { name, kind, ...(classNames && { classNames }) }
  })
  return { source, metadata, rows: Number(metadata.num_rows), columns }
}

/**
 * Reads the given columns for one range of rows, one after the other.
 * @throws RetortError `data/corrupt`
 */
export async function* readColumns(
  { source, metadata }: ParquetFile,
  { start, end }: RowRange,
  columns: readonly string[],
): AsyncGenerator<ParquetValues> {
  if (columns.length === 0) return
  const { parquetScan } = await import('hyparquet')
  const { compressors } = await import('hyparquet-compressors')
  const scan = await reading(source.name, () =>
    parquetScan({
      file: source,
      metadata,
      columns: [...columns],
      rowStart: start,
      rowEnd: end,
      compressors,
      utf8: false,
      geoparquet: false,
      parsers: {
        dateFromDays: (days) => days,
        timestampFromMilliseconds: Number,
        timestampFromMicroseconds: (micros) => Number(micros) / 1e3,
        timestampFromNanoseconds: (nanos) => Number(nanos) / 1e6,
      },
    }),
  )
  for (const column of columns) {
    const values = await reading(source.name, () => scan.readColumn({ column, rowStart: start, rowEnd: end }))
    if (values.length !== end - start) {
      throw corrupt(source.name, `column "${column}" has ${values.length} values for ${end - start} rows`)
    }
    yield values
  }
}

/**
 * Cuts the row groups into ranges that take about `mostBytes` when decoded. Lists and images can only be decoded for a
 * whole row group where the file has no page index.
 * @throws RetortError `data/unsupported` for such a row group that is too large to be decoded at once
 */
export function rowRanges(file: ParquetFile, columns: readonly string[], mostBytes: number): RowRange[] {
  const ranges: RowRange[] = []
  let start = 0
  for (const group of file.metadata.row_groups) {
    const rows = Number(group.num_rows)
    let bytes = 0
    let whole = false
    for (const { meta_data: chunk, offset_index_offset: pageIndex } of group.columns) {
      if (!chunk || !columns.includes(chunk.path_in_schema[0])) continue
      const decoded = Math.max(8 * Number(chunk.num_values), Number(chunk.total_uncompressed_size))
      bytes += decoded
      const kind = file.columns.find(({ name }) => name === chunk.path_in_schema[0])?.kind
      if (pageIndex !== undefined || (kind !== 'list' && kind !== 'image')) continue
      whole = true
      if (decoded > mostNestedBytes) throw tooLarge(file.source.name, rows, chunk.path_in_schema[0], decoded)
    }
    const step = whole ? rows : Math.ceil(rows / Math.max(1, Math.ceil(bytes / mostBytes)))
    for (let from = 0; from < rows; from += step) {
      ranges.push({ start: start + from, end: start + Math.min(from + step, rows) })
    }
    start += rows
  }
  return ranges
}

/** What lists or images of one row group may take when decoded. */
const mostNestedBytes = 160 * 1024 * 1024

function kindOf(node: SchemaTree): ParquetKind {
  const { type, converted_type: converted, logical_type: logical, repetition_type: repetition } = node.element
  if (node.children.length > 0) {
    if (node.children.some(({ element }) => element.name === 'bytes' && element.type === 'BYTE_ARRAY'))
      return 'image'
    if (node.children.length > 1) return 'unsupported'
    const inner = kindOf(node.children[0])
    return inner === 'number' || inner === 'boolean' || inner === 'list' ? 'list' : 'unsupported'
  }
  if (repetition === 'REPEATED') {
    return type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY' ? 'unsupported' : 'list'
  }
  if (type === 'BOOLEAN') return 'boolean'
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL' || logical?.type === 'FLOAT16') return 'number'
  if (type === 'FIXED_LEN_BYTE_ARRAY') return logical?.type === 'UUID' ? 'text' : 'unsupported'
  if (type !== 'BYTE_ARRAY') return 'number'
  if (converted === 'UTF8' || converted === 'ENUM' || logical?.type === 'STRING' || logical?.type === 'ENUM')
    return 'text'
  return converted === undefined && logical === undefined ? 'bytes' : 'unsupported'
}

/** Hugging Face datasets notes its features as JSON: `{"info": {"features": {"label": {"names": […]}}}}`. */
function classNamesOf({ key_value_metadata: entries = [] }: FileMetaData): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>()
  const text = entries.find(({ key }) => key === 'huggingface')?.value
  if (text === undefined) return names
  let features: unknown
  try {
    features = field(field(JSON.parse(text), 'info'), 'features')
  } catch {
    return names
  }
  if (typeof features !== 'object' || features === null) return names
  for (const [column, feature] of Object.entries(features)) {
    const listed = field(feature, 'names')
    if (Array.isArray(listed) && listed.every((name) => typeof name === 'string')) names.set(column, listed)
  }
  return names
}

function field(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null
    ? Object.entries(object).find(([name]) => name === key)?.[1]
    : undefined
}

/** The decoder throws plain errors: whatever it meets is a fault of the file. */
async function reading<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RetortError) throw error
    throw corrupt(path, error instanceof Error ? error.message : String(error))
  }
}

function tooLarge(path: string, rows: number, column: string, bytes: number): RetortError {
  return unsupported(
    path,
    `a row group of ${rows} rows holds ${Math.round(bytes / 1e6)} MB in the nested column "${column}" and no page index`,
    `Write it in smaller row groups, e.g. pyarrow.parquet.write_table(table, 'smaller.parquet', row_group_size=10000)`,
    { rows, bytes },
  )
}

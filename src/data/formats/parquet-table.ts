import type { Watch } from '#core/progress'
import { turn } from '#core/turn'
import { corrupt, notFinite, unsupported } from '../faults.ts'
import {
  readColumns,
  rowRanges,
  type ParquetColumn,
  type ParquetFile,
  type ParquetValues,
  type RowRange,
} from './parquet-file.ts'
import { infiniteText, type RowBlock, type Table, type TableColumn, type TextDictionary } from './table.ts'

const blockBytes = 32 * 1024 * 1024

/** A column that the table machinery can use. */
export type UsableColumn = TableColumn & ParquetColumn

/** The columns of a table that Retort can use, with the length of the lists, from the first row of the first file. */
export async function parquetColumns(file: ParquetFile): Promise<UsableColumn[]> {
  const usable = file.columns.filter(({ kind }) => ['number', 'boolean', 'text', 'list'].includes(kind))
  const lists = usable.filter(({ kind }) => kind === 'list').map(({ name }) => name)
  const widths = new Map<string, number>()
  if (file.rows > 0) {
    let next = 0
    for await (const values of readColumns(file, { start: 0, end: 1 }, lists)) {
      const name = lists[next++]
      const { length } = flat(values[0])
      if (length === 0) {
        throw unsupported(
          file.source.name,
          `the first row of "${name}" holds no list`,
          'Leave such rows out.',
          { row: 0 },
        )
      }
      widths.set(name, length)
    }
  }
  return usable.map((column) => ({ ...column, width: widths.get(column.name) ?? 1 }))
}

/**
 * The rows of one split in one or more files of the same columns.
 * @param columns of the training split
 */
export function parquetTable(
  files: readonly ParquetFile[],
  columns: readonly UsableColumn[],
  dictionaries: readonly TextDictionary[],
): Table {
  const names = columns.map(({ name }) => name)
  const blocks: { file: ParquetFile; range: RowRange }[] = []
  for (const file of files) {
    for (const column of columns) requireColumn(file, column)
    for (const range of rowRanges(file, names, blockBytes)) blocks.push({ file, range })
  }

  const read = async (block: number): Promise<RowBlock> => {
    const { file, range } = blocks[block]
    const count = range.end - range.start
    const numbers: Float64Array[] = []
    const texts: (Int32Array | undefined)[] = []
    for await (const values of readColumns(file, range, names)) {
      const column = columns[numbers.length]
      const place = { file: file.source.name, column: numbers.length, firstRow: range.start }
      texts.push(
        column.kind === 'text' ? identitiesOf(values, dictionaries[numbers.length], place) : undefined,
      )
      numbers.push(
        column.kind === 'text' ? new Float64Array(count).fill(NaN) : numbersOf(values, column, place),
      )
      await turn()
    }
    const positions = Float64Array.from({ length: count }, (_, row) => range.start + row)
    return { file: file.source.name, count, numbers, texts, positions }
  }

  async function* scan({ report, signal }: Watch): AsyncGenerator<RowBlock> {
    const total = files.reduce((sum, { rows }) => sum + rows, 0)
    let done = 0
    for (let block = 0; block < blocks.length; block++) {
      signal?.throwIfAborted()
      const rows = await read(block)
      yield rows
      done += rows.count
      report?.({ stage: 'scan', done, total, unit: 'rows' })
    }
  }

  return { name: files[0].source.name, columns, dictionaries, positionName: 'row', scan, read }
}

interface Place {
  readonly file: string
  readonly column: number
  readonly firstRow: number
}

function identitiesOf(
  values: ParquetValues,
  dictionary: TextDictionary,
  { file, column, firstRow }: Place,
): Int32Array {
  const identities = new Int32Array(values.length)
  for (let row = 0; row < values.length; row++) {
    const value = values[row]
    if (value === null || value === undefined) continue
    const identity = dictionary.identity(String(value))
    if (identity === infiniteText) throw notFinite(file, firstRow + row, column, Infinity)
    identities[row] = identity
  }
  return identities
}

function numbersOf(values: ParquetValues, column: UsableColumn, place: Place): Float64Array {
  const { kind, width } = column
  const numbers = new Float64Array(values.length * width)
  for (let row = 0; row < values.length; row++) {
    const value = values[row]
    if (value === null || value === undefined) {
      numbers.fill(NaN, row * width, (row + 1) * width)
    } else if (kind === 'list') {
      const list = flat(value)
      if (list.length !== width) throw unevenLists(place, row, column, list.length)
      for (let i = 0; i < width; i++) {
        const entry = numberOf(list[i], place, row)
        if (Number.isNaN(entry)) throw notFinite(place.file, place.firstRow + row, place.column, entry)
        numbers[row * width + i] = entry
      }
    } else {
      const number = numberOf(value, place, row)
      // Hugging Face marks an example without a label by −1.
      numbers[row] = column.classNames && number < 0 ? NaN : number
    }
  }
  return numbers
}

function numberOf(value: unknown, { file, column, firstRow }: Place, row: number): number {
  if (typeof value === 'boolean') return value ? 1 : 0
  const number = typeof value === 'bigint' && BigInt(Number(value)) === value ? Number(value) : value
  if (typeof number !== 'number' || number === Infinity || number === -Infinity) {
    throw notFinite(file, firstRow + row, column, typeof number === 'number' ? number : NaN)
  }
  return number
}

/** The numbers of a list, or of a list of lists, in order. */
function flat(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return []
  return Array.isArray(value[0]) ? value.flat(Infinity) : value
}

function requireColumn({ source, columns }: ParquetFile, { name, kind }: UsableColumn): void {
  const found = columns.find((column) => column.name === name)?.kind
  if (found === kind) return
  throw corrupt(
    source.name,
    found ? `column "${name}" holds ${found}, in the training split ${kind}` : `there is no column "${name}"`,
  )
}

function unevenLists({ file, firstRow }: Place, row: number, { name, width }: UsableColumn, found: number) {
  return unsupported(
    file,
    `row ${firstRow + row} of "${name}" holds ${found} numbers, the first row ${width}`,
    'Pad or cut the lists to one length.',
    { row: firstRow + row, found, needed: width },
  )
}

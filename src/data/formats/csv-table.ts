import type { Watch } from '#core/progress'
import { turn } from '#core/turn'
import { corrupt } from '../faults.ts'
import type { ByteWindow } from './byte-window.ts'
import type { CsvDialect } from './csv-dialect.ts'
import { decodeText, textRecords, wholeRecords } from './csv-records.ts'
import { rowBlockBuilder } from './row-block.ts'
import type { RowBlock, Table, TextDictionary } from './table.ts'

const blockBytes = 256 * 1024
/** Memory that one record may take; a longer one is an unclosed quote. */
const mostRecordBytes = 64 * 1024 * 1024

/** Where a block lies: bytes start..end of a file, whose first line there is `line`, after `skip` records. */
interface BlockRange {
  readonly file: ByteWindow
  readonly start: number
  readonly end: number
  readonly line: number
  readonly skip: number
}

/** Delimited text in one or more files of the same dialect (every shard repeats the header, where there is one). */
export function csvTable(
  files: readonly ByteWindow[],
  dialect: CsvDialect,
  dictionaries: readonly TextDictionary[],
): Table {
  const ranges: BlockRange[] = []

  async function* scan({ report, signal }: Watch): AsyncGenerator<RowBlock> {
    const total = files.reduce((sum, { byteLength = NaN }) => sum + byteLength, 0)
    let done = 0
    ranges.length = 0
    for (const file of files) {
      let start = 0
      let line = 1
      let skip = dialect.skip
      for (;;) {
        signal?.throwIfAborted()
        const bytes = await nextRecords(file, start, line, dialect.delimiter)
        if (bytes.length === 0) break
        const range = { file, start, end: start + bytes.length, line, skip }
        ranges.push(range)
        yield await parse(range, bytes)
        for (let i = bytes.indexOf(10); i >= 0; i = bytes.indexOf(10, i + 1)) line++
        start = range.end
        skip = 0
        done += bytes.length
        report?.({ stage: 'scan', done, ...(total > 0 && { total }), unit: 'bytes' })
        await turn()
      }
    }
  }

  const parse = async ({ file, line, skip }: BlockRange, bytes: Uint8Array): Promise<RowBlock> => {
    const text = decodeText(bytes)
    const { delimiter, names } = dialect
    if (skip > 0 || text.includes('"')) {
      const records = (await textRecords(file.name, text, delimiter, line)).slice(skip)
      const block = rowBlockBuilder(file.name, records.length, names.length, dictionaries)
      for (const record of records) {
        for (const field of record.fields) block.cell(field, 0, field.length)
        block.endRow(record.line)
      }
      return block.finish()
    }
    return parsePlain(file.name, text, delimiter, line, names.length)
  }

  /** Rows of a text without quotes, straight from its characters to numbers. */
  const parsePlain = (
    file: string,
    text: string,
    delimiter: string,
    firstLine: number,
    width: number,
  ): RowBlock => {
    let lines = 1
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lines++
    const block = rowBlockBuilder(file, lines, width, dictionaries)
    let separator = -1
    let start = 0
    for (let line = firstLine; start < text.length; line++) {
      const feed = text.indexOf('\n', start)
      const end = feed < 0 ? text.length : feed
      if (!isBlank(text, start, end)) {
        for (let field = start; field <= end;) {
          if (separator < field) separator = text.indexOf(delimiter, field)
          if (separator < 0) separator = text.length
          const fieldEnd = separator < end ? separator : end
          block.cell(text, field, fieldEnd)
          field = fieldEnd + 1
        }
        block.endRow(line)
      }
      start = end + 1
    }
    return block.finish()
  }

  const read = async (block: number): Promise<RowBlock> => {
    const range = ranges[block]
    return parse(range, await range.file.read(range.start, range.end))
  }

  return {
    name: files[0].name,
    columns: dialect.names.map((name) => ({ name, width: 1 })),
    dictionaries,
    positionName: 'line',
    scan,
    read,
  }
}

/** The bytes of the next whole records, about one block of them; at the end of the file all that is left. */
async function nextRecords(
  file: ByteWindow,
  start: number,
  line: number,
  delimiter: string,
): Promise<Uint8Array> {
  for (let length = blockBytes; ; length *= 4) {
    const bytes = await file.read(start, start + length)
    if (bytes.length < length) return bytes
    const end = wholeRecords(bytes, delimiter)
    if (end > 0) return bytes.subarray(0, end)
    if (length > mostRecordBytes) {
      throw corrupt(file.name, `the record at line ${line} does not end within ${length} bytes`, {
        line,
        length,
      })
    }
  }
}

function isBlank(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code !== 32 && code !== 13) return false
  }
  return true
}

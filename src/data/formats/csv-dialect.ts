import { RetortError } from '#core/errors'
import { unsupported } from '../faults.ts'
import { parseDecimal } from './decimal.ts'
import { decodeText, textRecords, wholeRecords, type TextRecord } from './csv-records.ts'
import type { ByteWindow } from './byte-window.ts'

/** How one delimited text file is written, and what its first line says. */
export interface CsvDialect {
  readonly delimiter: string
  /** Column names: the header's, else `x0`, `x1`, … */
  readonly names: readonly string[]
  /** Whether the names come from a header. */
  readonly named: boolean
  /** Records before the first row of data: remarks and header. */
  readonly skip: number
  /** Names of the classes 0, 1, … in the last column, from a first line in the style of scikit-learn. */
  readonly classNames?: readonly string[]
  /** Rows that such a line says the file has. */
  readonly announcedRows?: number
}

const delimiters = [',', '\t', ';', '|']
const sampleBytes = 65_536
const mostSampleBytes = 64 * 1024 * 1024
/** Rows of the sample that are looked at to tell a header from data. */
const sampleRows = 200

/**
 * Tells delimiter, header and remarks from the first rows of a file.
 * @param header says whether there is a header instead of telling it from the values
 * @throws RetortError `data/empty`, `data/unsupported`, `data/one-column`
 */
export async function csvDialect(file: ByteWindow, header?: boolean): Promise<CsvDialect> {
  const { delimiter, records } = await bestDelimiter(file)
  const remarks = remarkCount(records, delimiter)
  const [first, ...rows] = records.slice(remarks, remarks + sampleRows)
  if (first === undefined) throw empty(file.name)
  const classNames = header === undefined ? announcedClasses(first.fields, rows[0]?.fields) : undefined
  const named = !classNames && (header ?? isHeader(first.fields, rows))
  const width = classNames ? rows[0].fields.length : first.fields.length
  if (width < 2) throw oneColumn(file.name, first)
  return {
    delimiter,
    named,
    names: named ? distinctNames(first.fields) : Array.from({ length: width }, (_, i) => `x${i}`),
    skip: remarks + (named || classNames ? 1 : 0),
    ...(classNames && { classNames, announcedRows: Number(first.fields[0]) }),
  }
}

/** The delimiter that cuts the first rows most evenly, and among equals into most fields. */
async function bestDelimiter(file: ByteWindow) {
  let best: { delimiter: string; records: TextRecord[]; even: number; fields: number } | undefined
  let failure: unknown
  for (const delimiter of delimiters) {
    const records = await sample(file, delimiter).catch((error: unknown) => {
      failure = error
      return []
    })
    const counts = new Map<number, number>()
    for (const { fields } of records.slice(0, sampleRows)) {
      counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1)
    }
    const [fields, times] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0])
    const even = fields > 1 ? times : 0
    if (records.length > 0 && (!best || even > best.even || (even === best.even && fields > best.fields))) {
      best = { delimiter, records, even, fields }
    }
  }
  if (!best || (best.even === 0 && failure !== undefined)) throw failure ?? empty(file.name)
  return best
}

async function sample(file: ByteWindow, delimiter: string): Promise<TextRecord[]> {
  for (let length = sampleBytes; ; length *= 4) {
    const bytes = await file.read(0, length)
    if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
      throw unsupported(
        file.name,
        'the text is UTF-16; Retort reads UTF-8',
        `Convert it: iconv -f UTF-16 -t UTF-8 '${file.name}' > utf8.csv`,
      )
    }
    const end = bytes.length < length ? bytes.length : wholeRecords(bytes, delimiter)
    if (end > 0) return textRecords(file.name, decodeText(bytes.subarray(0, end)), delimiter, 1)
    if (length > mostSampleBytes || bytes.length === 0) return []
  }
}

/** Leading lines such as `|1x3 Cross validator` or `# made by …`: marked, and not cut into fields as the rows are. */
function remarkCount(records: readonly TextRecord[], delimiter: string): number {
  const width = records.at(-1)?.fields.length
  const count = records.findIndex(({ fields }) => {
    const mark = fields[0][0]
    return !(fields.length !== width && (mark === '#' || (mark === '|' && delimiter !== '|')))
  })
  return Math.max(0, count)
}

/** `150,4,setosa,versicolor,virginica`: rows, inputs and the names of the classes 0, 1, 2 in the last column. */
function announcedClasses(first: readonly string[], next: readonly string[] | undefined) {
  const [rows, inputs, ...names] = first
  const fits =
    isWhole(rows) && isWhole(inputs) && names.length > 0 && names.every((name) => isNaN(number(name)))
  return fits && next?.length === Number(inputs) + 1 ? names : undefined
}

/**
 * A header has no value twice and no numbers, or numbers that only count the columns. It is told from a first row of
 * categories by standing above numbers, or by names that do not occur below it.
 */
function isHeader(first: readonly string[], rows: readonly TextRecord[]): boolean {
  const values = first.map(number)
  const counted = values.filter((value) => !isNaN(value))
  const counts = counted.length > 2 && (counted[0] === 0 || counted[0] === 1)
  if (new Set(first).size < first.length) return false
  if (counted.length > 0 && !(counts && counted.every((value, i) => value === counted[0] + i))) return false
  const below = first.map((_, j) => rows.map(({ fields }) => fields[j] ?? '').filter((field) => field !== ''))
  const aboveNumbers = below.some(
    (fields, j) => isNaN(values[j]) && fields.length > 0 && fields.every((field) => !isNaN(number(field))),
  )
  return aboveNumbers || first.every((name, j) => !isNaN(values[j]) || !below[j].includes(name))
}

function distinctNames(fields: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return fields.map((field, j) => {
    const name = field.replace(/^#\s*/, '') || (j === 0 ? 'index' : `x${j}`)
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name} (${times})`
  })
}

function number(field: string): number {
  return parseDecimal(field, 0, field.length)
}

function isWhole(field: string): boolean {
  return /^\d+$/.test(field)
}

function empty(file: string): RetortError {
  return new RetortError({
    code: 'data/empty',
    message: `${file} holds no rows`,
    hint: 'Check that the file was written to its end.',
    path: file,
  })
}

function oneColumn(file: string, { fields, line }: TextRecord): RetortError {
  return new RetortError({
    code: 'data/one-column',
    message: `${file}, line ${line}: no comma, semicolon, tab or bar cuts "${fields[0].slice(0, 60)}" into fields`,
    why: 'A table needs at least one input column and one target column.',
    hint: `Separate the fields by commas, e.g.: sed -E 's/[[:space:]]+/,/g' '${file}' > table.csv`,
    path: file,
  })
}

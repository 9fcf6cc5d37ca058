import { corrupt } from '../faults.ts'

const quote = 34
const lineFeed = 10
const space = 32

/**
 * Length of the longest run of whole records at the start of `bytes`: up to and with the line feed that ends the
 * last one; 0 where no record ends. A line feed within double quotes does not end a record.
 */
export function wholeRecords(bytes: Uint8Array, delimiter: string): number {
  if (!bytes.includes(quote)) return bytes.lastIndexOf(lineFeed) + 1
  const separator = delimiter.charCodeAt(0)
  let end = 0
  let quoted = false
  let opens = true
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (quoted) {
      if (byte !== quote) continue
      if (bytes[i + 1] === quote) i++
      else quoted = false
    } else if (byte === lineFeed) {
      end = i + 1
      opens = true
    } else if (byte === separator) {
      opens = true
    } else if (byte === quote && opens) {
      quoted = true
      opens = false
    } else if (byte !== space) {
      opens = false
    }
  }
  return end
}

/** A record as its fields, and the line of the file at which it begins. */
export interface TextRecord {
  readonly fields: readonly string[]
  readonly line: number
}

/** The records of a text, blank lines left out; `firstLine` is the line at which the text begins. */
export async function textRecords(
  file: string,
  text: string,
  delimiter: string,
  firstLine: number,
): Promise<TextRecord[]> {
  if (text.includes('"')) return quotedRecords(file, text, delimiter, firstLine)
  return text.split('\n').flatMap((line, i) => {
    if (/^[ \r]*$/.test(line)) return []
    return { fields: line.split(delimiter).map((field) => field.trim()), line: firstLine + i }
  })
}

/**
 * The same for a text with quoted fields.
 * @throws RetortError `data/corrupt` for a quote that is never closed
 */
export async function quotedRecords(
  file: string,
  text: string,
  delimiter: string,
  firstLine: number,
): Promise<TextRecord[]> {
  const { parse, CsvError } = await import('csv-parse/browser/esm/sync')
  const records: TextRecord[] = []
  let ended = 0
  try {
    parse(text, {
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
      on_record(fields: string[], { lines }) {
        const breaks = fields.reduce((sum, field) => sum + field.split('\n').length - 1, 0)
        records.push({ fields, line: firstLine + lines - 1 - breaks })
        ended = lines
        return null
      },
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw corrupt(
      file,
      `a quoted field that begins after line ${firstLine + ended} does not end as it should`,
      {
        line: firstLine + ended,
        reason: error.code,
      },
    )
  }
  return records
}

/** UTF-8, or Windows-1252 where the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

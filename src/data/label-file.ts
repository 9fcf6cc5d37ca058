import { turn } from '#core/turn'
import type { LabelColumn } from './classes.ts'
import { contentOf } from './content.ts'
import { corrupt, unsupported } from './faults.ts'
import { decodeText, textRecords, wholeRecords } from './formats/csv-records.ts'
import { fileNamed } from './pairing.ts'
import type { Source } from './source.ts'

/** A longer record is an unclosed quote. */
const mostRecordBytes = 1 << 20
const pieceBytes = 1 << 17
const headerNames = /^(label|labels|target|targets|class|classes|y)$/i

export interface LabelFile extends LabelColumn {
  /** `real`: every value is a number and one at least is not whole. */
  readonly kind: 'class' | 'real'
  values(signal?: AbortSignal): AsyncIterable<readonly string[]>
}

/**
 * A text file with one label a line, or a CSV with a label column beside others (ids, texts): the column named by
 * `target`, else one named `label`, `target`, `class` or `y`, else the only one.
 * @throws RetortError `data/unsupported` where the column is not clear, `data/corrupt` for a row without it
 */
export async function labelFile(source: Source, target?: string): Promise<LabelFile> {
  const { delimiter, column, header } = await layoutOf(source, target)

  async function* values(signal?: AbortSignal): AsyncGenerator<string[]> {
    let skip = header ? 1 : 0
    for await (const { records } of blocks(source, delimiter, signal)) {
      const labels = records.slice(skip).map(({ fields, line }) => {
        if (column >= fields.length || fields[column] === '') {
          throw corrupt(source.name, `line ${line} has no label in column ${column + 1}`, { line })
        }
        return fields[column]
      })
      skip = Math.max(0, skip - records.length)
      yield labels
    }
  }

  let count = 0
  let numbers = true
  let whole = true
  for await (const block of values()) {
    count += block.length
    for (const value of block) {
      whole &&= /^[-+]?\d+$/.test(value)
      numbers &&= Number.isFinite(Number(value))
    }
  }
  return { name: source.name, count, kind: numbers && !whole ? 'real' : 'class', values }
}

async function layoutOf(source: Source, target: string | undefined) {
  const delimiter = /\.(tsv|tab)(\.gz)?$/i.test(source.name) ? '\t' : ','
  for await (const { records } of blocks(source, delimiter)) {
    const [{ fields }] = records
    const names = fields.map((name) => ({ name }))
    if (target !== undefined) {
      const column = fields.indexOf(fileNamed(names, target, '--target').name)
      return { delimiter, column, header: true }
    }
    const named = fields.findIndex((name) => headerNames.test(name))
    if (named >= 0) return { delimiter, column: named, header: true }
    if (fields.length > 1) {
      throw unsupported(
        source.name,
        `none of the columns ${fields.slice(0, 8).join(', ')} is called label`,
        `Name the label column: --target ${fields[0]}`,
      )
    }
    const others = records.slice(1).map((record) => record.fields[0])
    const isNumber = (text: string) => Number.isFinite(Number(text))
    return {
      delimiter,
      column: 0,
      header: !isNumber(fields[0]) && others.length > 0 && others.every(isNumber),
    }
  }
  throw corrupt(source.name, 'it holds no labels')
}

/** The records of the file, some ten milliseconds of work at a time. */
async function* blocks(source: Source, delimiter: string, signal?: AbortSignal) {
  const content = await contentOf(source)
  let rest = new Uint8Array(0)
  let line = 1
  for await (const chunk of pieces(content.stream(0, undefined, signal))) {
    const bytes = new Uint8Array(rest.length + chunk.length)
    bytes.set(rest)
    bytes.set(chunk, rest.length)
    const end = wholeRecords(bytes, delimiter)
    rest = bytes.slice(end)
    if (rest.length > mostRecordBytes) {
      throw corrupt(source.name, `line ${line} is longer than a record can be`, { line })
    }
    if (end === 0) continue
    const text = decodeText(bytes.subarray(0, end))
    const records = await textRecords(source.name, text, delimiter, line)
    if (records.length > 0) yield { records }
    line += text.split('\n').length - 1
  }
  if (rest.length > 0) {
    const records = await textRecords(source.name, decodeText(rest), delimiter, line)
    if (records.length > 0) yield { records }
  }
}

/** The event loop gets its turn after each piece. */
async function* pieces(chunks: AsyncIterable<Uint8Array>) {
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      yield chunk.subarray(start, start + pieceBytes)
      await turn()
    }
  }
}

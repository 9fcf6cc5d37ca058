import { RetortError } from '#core/errors'
import type { Watch } from '#core/progress'

/** A column as its file names it. */
export interface TableColumn {
  readonly name: string
  /** Numbers in each cell: 1, or the length of the lists of a column of vectors. */
  readonly width: number
}

/** Some consecutive rows, column by column. */
export interface RowBlock {
  /** The file that the rows lie in, for messages. */
  readonly file: string
  readonly count: number
  /** Of each column count × width numbers; NaN where a cell holds text or nothing. */
  readonly numbers: readonly Float64Array[]
  /**
   * Of each column the identity of each cell's text in the column's dictionary, 0 for a number or a missing value;
   * undefined where no cell of the block holds text.
   */
  readonly texts: readonly (Int32Array | undefined)[]
  /** Line (or row) of the file at which each row begins, for messages. */
  readonly positions: Float64Array
}

/** Rows and columns of one split, wherever they come from; its blocks are known once it was scanned. */
export interface Table {
  /** For messages, e.g. the file name. */
  readonly name: string
  readonly columns: readonly TableColumn[]
  /** One for each column; a test table shares the dictionaries of its training table. */
  readonly dictionaries: readonly TextDictionary[]
  /** What `positions` count, e.g. `line`. */
  readonly positionName: string
  /** Reads all blocks once, in order; to be finished before `read` is used. */
  scan(watch: Watch): AsyncIterable<RowBlock>
  /** Reads the block of that number again. */
  read(block: number): Promise<RowBlock>
}

/** Numbers the texts of a column from 1 in the order of first sight. */
export interface TextDictionary {
  /** Text of identity i + 1. */
  readonly texts: readonly string[]
  /** Identity of a text; 0 for a missing value, −1 where the dictionary is full, or `infiniteText`. */
  identity(text: string): number
}

/** Spellings of a missing value. */
const missingValues = [
  '',
  '?',
  'NA',
  'N/A',
  '#N/A',
  'NaN',
  'nan',
  'null',
  'NULL',
  'Null',
  'None',
  'none',
  '<NA>',
]

/** Identity of `inf`, `-Infinity` and their like. */
export const infiniteText = -2

/** A column with more texts than this is neither a target nor an input; the limit keeps memory bounded. */
export const mostTexts = 20_000

export function textDictionary(): TextDictionary {
  const identities = new Map(missingValues.map((text) => [text, 0]))
  const texts: string[] = []
  return {
    texts,
    identity(text) {
      const known = identities.get(text)
      if (known !== undefined) return known
      if (/^[+-]?inf(inity)?$/i.test(text)) return infiniteText
      if (texts.length === mostTexts) return -1
      const own = unshared(text)
      texts.push(own)
      identities.set(own, texts.length)
      return texts.length
    },
  }
}

/** A copy of its own: a slice of a block's text would keep the whole block in memory. */
function unshared(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text))
}

/** Where a value stands, for messages: e.g. line 7 of a.csv. */
export interface TablePlace {
  readonly file: string
  readonly position: number
}

export function placeOf({ file, positions }: RowBlock, row: number): TablePlace {
  return { file, position: positions[row] }
}

/** A text in a column that otherwise holds numbers. */
export function textAmongNumbers(
  { positionName }: Table,
  column: string,
  text: string,
  { file, position }: TablePlace,
): RetortError {
  return new RetortError({
    code: 'data/mixed-column',
    message: `${file}, ${positionName} ${position}: column "${column}" holds "${text}" among numbers`,
    why: 'A column is either numbers or categories; a stray text would turn all its numbers into categories.',
    hint: 'Correct the value, or leave the field empty to have it treated as missing.',
    path: file,
    values: { column, text, position },
  })
}

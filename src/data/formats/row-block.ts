import { RetortError } from '#core/errors'
import { parseDecimal } from './decimal.ts'
import { infiniteText, type RowBlock, type TextDictionary } from './table.ts'

/** Fills a block cell by cell, in the order of the columns; each cell holds one number or one text. */
export interface RowBlockBuilder {
  /** `text[start..end)` is the next cell; spaces around it do not count. */
  cell(text: string, start: number, end: number): void
  /** Ends the row that begins at `position`. */
  endRow(position: number): void
  finish(): RowBlock
}

/**
 * @param capacity most rows that will be added
 * @param needed columns of every row
 * @throws RetortError `data/ragged-row`, `data/not-finite` from `cell` and `endRow`
 */
export function rowBlockBuilder(
  file: string,
  capacity: number,
  needed: number,
  dictionaries: readonly TextDictionary[],
): RowBlockBuilder {
  const numbers = Array.from({ length: needed }, () => new Float64Array(capacity))
  const texts = new Array<Int32Array | undefined>(needed).fill(undefined)
  const positions = new Float64Array(capacity)
  let row = 0
  let column = 0
  let infinite: { column: number; text: string } | undefined

  return {
    cell(text, start, end) {
      let from = start
      let to = end
      while (from < to && isSpace(text.charCodeAt(from))) from++
      while (to > from && isSpace(text.charCodeAt(to - 1))) to--
      if (column < needed) {
        const value = from < to ? parseDecimal(text, from, to) : NaN
        numbers[column][row] = value
        if (value !== value) {
          if (from < to) {
            const written = text.slice(from, to)
            const identity = dictionaries[column].identity(written)
            if (identity === infiniteText) infinite = { column, text: written }
            if (identity !== 0) {
              const identities = (texts[column] ??= new Int32Array(capacity))
              identities[row] = identity
            }
          }
        } else if (value === Infinity || value === -Infinity) {
          infinite = { column, text: text.slice(from, to) }
        }
      }
      column++
    },
    endRow(position) {
      if (column !== needed) throw raggedRow(file, position, column, needed)
      if (infinite) throw notFinite(file, position, infinite.column, infinite.text)
      positions[row++] = position
      column = 0
    },
    finish: () => ({
      file,
      count: row,
      numbers: numbers.map((values) => values.subarray(0, row)),
      texts: texts.map((identities) => identities?.subarray(0, row)),
      positions: positions.subarray(0, row),
    }),
  }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 13
}

function raggedRow(file: string, line: number, found: number, needed: number): RetortError {
  return new RetortError({
    code: 'data/ragged-row',
    message: `${file}, line ${line}: ${found} ${found === 1 ? 'field' : 'fields'}, but the first row has ${needed}`,
    why: 'A row of another length means that values stand in the wrong columns.',
    hint: `Correct line ${line}; a field that holds the delimiter or a line break must stand in double quotes.`,
    path: file,
    values: { line, found, needed },
  })
}

function notFinite(file: string, line: number, column: number, text: string): RetortError {
  return new RetortError({
    code: 'data/not-finite',
    message: `${file}, line ${line}, column ${column} (from 0): "${text}" is not a finite number`,
    why: 'One infinite value makes every sum over the data infinite.',
    hint: 'Replace it by a number, or leave the field empty to have it treated as missing.',
    path: file,
    values: { line, column, text },
  })
}

import type { RowBlock, Table, TablePlace } from './table.ts'

/** What a whole column holds, from one scan. */
export interface ColumnProfile {
  readonly name: string
  readonly width: number
  readonly rows: number
  readonly numbers: number
  readonly texts: number
  readonly missing: number
  /** Sum of each of the `width` numbers over the rows that have them. */
  readonly sums: Float64Array
  /** All numbers are whole. */
  readonly whole: boolean
  /** Row i holds first + i: the column only counts the rows. */
  readonly counting: boolean
  /** The first text among numbers, or of all. */
  readonly firstText?: TablePlace & { readonly text: string }
  /** The distinct numbers, ascending; undefined where there are more than `mostDistinct`. */
  distinct(): number[] | undefined
}

export const mostDistinct = 1000
const smallIntegers = 1024

/** Profiles of all columns of a table, block by block. */
export function columnProfiles(table: Table): {
  add(block: RowBlock): void
  readonly profiles: ColumnProfile[]
} {
  const columns = table.columns.map((_, column) => profile(table, column))
  return {
    profiles: columns.map(({ view }) => view),
    add(block) {
      for (const column of columns) column.add(block)
    },
  }
}

function profile(table: Table, column: number): { view: ColumnProfile; add(block: RowBlock): void } {
  const { name, width } = table.columns[column]
  const small = new Uint8Array(smallIntegers)
  const others = new Set<number>()
  const view = {
    name,
    width,
    rows: 0,
    numbers: 0,
    texts: 0,
    missing: 0,
    sums: new Float64Array(width),
    whole: true,
    counting: true,
    firstText: undefined as ColumnProfile['firstText'],
    distinct(): number[] | undefined {
      if (others.size > mostDistinct) return undefined
      const values = [...others]
      small.forEach((seen, value) => {
        if (seen) values.push(value)
      })
      return values.length > mostDistinct ? undefined : values.sort((a, b) => a - b)
    },
  }
  let first = 0

  const addText = (identity: number, block: RowBlock, row: number): void => {
    if (identity === 0) {
      view.missing++
      return
    }
    view.texts++
    if (view.firstText) return
    const text = table.dictionaries[column].texts[identity - 1] ?? ''
    view.firstText = { text, file: block.file, position: block.positions[row] }
  }
  const addVectors = (block: RowBlock): void => {
    const values = block.numbers[column]
    for (let row = 0; row < block.count; row++) {
      if (Number.isNaN(values[row * width])) view.missing++
      else for (let i = 0; i < width; i++) view.sums[i] += values[row * width + i]
    }
  }
  const addCells = (block: RowBlock): void => {
    const values = block.numbers[column]
    const identities = block.texts[column]
    if (view.rows === 0) first = values[0]
    // Locals: this loop sees every value of the file.
    let { whole, counting } = view
    let sum = view.sums[0]
    let next = first + view.rows
    for (let row = 0; row < block.count; row++, next++) {
      const value = values[row]
      if (value !== next) counting = false
      if (value !== value) {
        addText(identities ? identities[row] : 0, block, row)
        continue
      }
      sum += value
      const integer = value | 0
      if (integer === value && integer >= 0 && integer < smallIntegers) {
        small[integer] = 1
      } else {
        if (whole && !Number.isInteger(value)) whole = false
        if (others.size <= mostDistinct) others.add(value)
      }
    }
    Object.assign(view, { whole, counting })
    view.sums[0] = sum
  }

  return {
    view,
    add(block) {
      if (width > 1) addVectors(block)
      else addCells(block)
      view.rows += block.count
      view.numbers = view.rows - view.texts - view.missing
    },
  }
}

import type { Target } from '#core/dataset'
import { RetortError } from '#core/errors'
import { nearest } from '#core/nearest'
import { some } from '../pairing.ts'
import type { ColumnProfile } from './column-profile.ts'
import type { OpenOptions } from './format.ts'
import { mostTexts, placeOf, textAmongNumbers, type TablePlace, type RowBlock, type Table } from './table.ts'

/** Which columns are to be predicted, and how their cells are read. */
export interface TargetPlan {
  readonly target: Target
  readonly columns: readonly number[]
  readonly notes: readonly string[]
  /** Values of each row in `TargetRows.values`: 1 for classes, k for k real targets. */
  readonly width: number
  /** @throws RetortError `data/label-out-of-range` for a class that the training split lacks, `data/mixed-column` */
  rows(table: Table, block: RowBlock): TargetRows
}

/** The targets of a block. */
export interface TargetRows {
  /** Class of each row, −1 where it is missing; or count × width numbers, NaN where one is missing. */
  readonly values: Int32Array | Float64Array
  /** Rows without a missing target. */
  readonly rows: Int32Array
}

export interface TargetContext extends Pick<OpenOptions, 'target' | 'targetKind'> {
  /** Whether the column names are the file's own. */
  readonly named: boolean
  /** Names of the classes 0, 1, … of a column, where the file says them. */
  readonly classNames: ReadonlyMap<string, readonly string[]>
}

/** Names that speak of a target, the clearer first. */
const targetNames = ['label', 'labels', 'target', 'class', 'y', 'fine_label', 'outcome', 'targets', 'classes']
/** Whole numbers with at most this many values, and this share of the rows, stand for classes. */
const mostNumberClasses = 100
const mostClassShare = 0.05

/**
 * Chooses the target: the columns asked for; else a column named as one; else, without a header, the only column
 * that holds text; else the last column. Text is a class; whole numbers are classes where they count from 0 or 1
 * without a gap, or are few; other numbers are real.
 * @throws RetortError `usage/target`, `usage/target-kind`, `data/one-class`, `data/too-many-classes`
 */
export function targetPlan(
  table: Table,
  profiles: readonly ColumnProfile[],
  context: TargetContext,
): TargetPlan {
  const columns = chosenColumns(profiles, context)
  const chosen = columns.map((column) => profiles[column])
  for (const { name, width, numbers, texts } of chosen) {
    if (width > 1 || numbers + texts === 0) {
      throw wrongTarget(`column "${name}" holds ${width > 1 ? 'lists' : 'no values'}`, profiles)
    }
  }
  const [first] = chosen
  const kind = context.targetKind ?? (chosen.length === 1 && isClass(first, context) ? 'class' : 'real')
  if (kind === 'real') return realPlan(columns, chosen)
  if (chosen.length > 1) {
    throw wrongTarget(`class targets stand in one column, but ${chosen.length} were named`, profiles)
  }
  return classPlan(table, columns[0], first, context)
}

function chosenColumns(profiles: readonly ColumnProfile[], { target, named }: TargetContext): number[] {
  const names = profiles.map(({ name }) => name)
  if (target !== undefined) {
    const asked = names.includes(target) ? [target] : target.split(',').map((name) => name.trim())
    return asked.map((name) => {
      const index = names.includes(name) ? names.indexOf(name) : /^-?\d+$/.test(name) ? Number(name) : NaN
      const column = index < 0 ? names.length + index : index
      if (names[column] === undefined) throw unknownTarget(name, names)
      return column
    })
  }
  const lower = names.map((name) => name.toLowerCase())
  const known = targetNames.find((name) => lower.includes(name))
  if (known !== undefined) return [lower.indexOf(known)]
  const textual = profiles.flatMap(({ texts }, column) => (texts > 0 ? [column] : []))
  return [!named && textual.length === 1 ? textual[0] : names.length - 1]
}

function isClass(profile: ColumnProfile, { classNames }: TargetContext): boolean {
  if (profile.texts > 0 || classNames.has(profile.name)) return true
  const values = profile.whole ? profile.distinct() : undefined
  if (!values || values.length > mostNumberClasses) return false
  const counts = (values[0] === 0 || values[0] === 1) && values.at(-1)! - values[0] === values.length - 1
  return (counts && values.length * 2 <= profile.numbers) || values.length <= mostClassShare * profile.numbers
}

function realPlan(columns: readonly number[], chosen: readonly ColumnProfile[]): TargetPlan {
  for (const { name, firstText } of chosen) {
    if (!firstText) continue
    throw new RetortError({
      code: 'usage/target-kind',
      message: `target column "${name}" holds the text "${firstText.text}" and cannot be real-valued`,
      hint: 'Leave out --target-kind, or name another column with --target.',
      values: { column: name, text: firstText.text, position: firstText.position },
    })
  }
  return {
    target: { kind: 'real', names: chosen.map(({ name }) => name) },
    columns,
    width: columns.length,
    notes: [],
    rows(table, block) {
      const targets = new Float64Array(block.count * columns.length)
      columns.forEach((column, j) => {
        for (let row = 0; row < block.count; row++) {
          const identity = block.texts[column]?.[row] ?? 0
          if (identity !== 0) {
            const text = table.dictionaries[column].texts[identity - 1] ?? ''
            throw textAmongNumbers(table, chosen[j].name, text, placeOf(block, row))
          }
          targets[row * columns.length + j] = block.numbers[column][row]
        }
      })
      return { values: targets, rows: wholeRows(targets, columns.length) }
    },
  }
}

function classPlan(table: Table, column: number, profile: ColumnProfile, context: TargetContext): TargetPlan {
  const dictionary = table.dictionaries[column]
  const values = profile.numbers > 0 ? profile.distinct() : []
  const announced = context.classNames.get(profile.name)
  const named = announced && values?.every((value) => announced[value] !== undefined) ? announced : undefined
  const texts = [...dictionary.texts].sort()
  const count = (values?.length ?? Infinity) + (texts.length === mostTexts ? Infinity : texts.length)
  if (!named && (count === Infinity || (count > 100 && count * 2 > profile.rows)))
    throw tooManyClasses(profile, count)
  const names = named ?? [...(values ?? []).map(String), ...texts]
  if (names.length === 1) throw oneClass(table, profile, names[0])
  const ofNumber = new Map((values ?? []).map((value, i) => [value, named ? value : i]))
  const ofText = new Map(names.map((name, i) => [name, i]))
  const notes: string[] = []
  if (
    values &&
    values.length > 0 &&
    !named &&
    context.targetKind === undefined &&
    values.at(-1)! > values.length
  ) {
    notes.push(
      `target column "${profile.name}" has ${names.length} distinct whole numbers and was read as classes; ` +
        `for a regression: --target-kind real`,
    )
  }
  return {
    target: { kind: 'class', names },
    columns: [column],
    width: 1,
    notes,
    rows(from, block) {
      const numbers = block.numbers[column]
      const identities = block.texts[column]
      const classes = Int32Array.from({ length: block.count }, (_, row) => {
        const identity = identities?.[row] ?? 0
        if (identity === 0 && Number.isNaN(numbers[row])) return -1
        const text = identity === 0 ? String(numbers[row]) : (dictionary.texts[identity - 1] ?? '')
        // The test file of UCI Adult writes `>50K.` where the training file writes `>50K`.
        const found =
          identity === 0
            ? ofNumber.get(numbers[row])
            : (ofText.get(text) ?? ofText.get(text.replace(/\.$/, '')))
        if (found === undefined) throw outOfRange(from, placeOf(block, row), text, names)
        return found
      })
      return { values: classes, rows: wholeRows(classes, 1) }
    },
  }
}

function wholeRows(values: Int32Array | Float64Array, width: number): Int32Array {
  const missing = values instanceof Int32Array ? (value: number) => value < 0 : Number.isNaN
  const rows = new Int32Array(values.length / width)
  let whole = 0
  for (let row = 0; row < rows.length; row++) {
    let complete = true
    for (let j = 0; j < width; j++) complete &&= !missing(values[row * width + j])
    if (complete) rows[whole++] = row
  }
  return rows.subarray(0, whole)
}

function outOfRange(
  { positionName }: Table,
  { file, position }: TablePlace,
  text: string,
  names: readonly string[],
): RetortError {
  return new RetortError({
    code: 'data/label-out-of-range',
    message: `${file}, ${positionName} ${position}: the training split has no class "${text}"`,
    why: 'A model cannot be tested on a class that it was never shown.',
    hint: `Correct the label or leave the row out; the classes are ${some(names)}.`,
    path: file,
    values: { position, text },
  })
}

function oneClass({ name: path }: Table, { name, rows }: ColumnProfile, label: string): RetortError {
  return new RetortError({
    code: 'data/one-class',
    message: `${path}: target column "${name}" holds nothing but "${label}" in ${rows} rows`,
    why: 'With one class there is nothing to learn.',
    hint: 'Give data with at least two classes, or name another column with --target.',
    path,
    values: { column: name, classes: 1, rows },
  })
}

function tooManyClasses({ name, rows }: ColumnProfile, count: number): RetortError {
  const found = Number.isFinite(count) ? String(count) : 'very many'
  return new RetortError({
    code: 'data/too-many-classes',
    message: `target column "${name}" has ${found} distinct values in ${rows} rows: too many for classes`,
    why: 'It looks like an identifier, a free text or a real-valued target.',
    hint: 'Name another column with --target, or read it as numbers with --target-kind real.',
    values: { column: name, rows },
  })
}

function wrongTarget(message: string, profiles: readonly ColumnProfile[]): RetortError {
  const fitting = profiles.filter(({ width, numbers, texts }) => width === 1 && numbers + texts > 0)
  return new RetortError({
    code: 'usage/target',
    message,
    hint: `Name one column with --target, of: ${some(fitting.map(({ name }) => name))}`,
  })
}

function unknownTarget(name: string, names: readonly string[]): RetortError {
  const near = nearest(name, names)
  return new RetortError({
    code: 'usage/target',
    message: `--target ${name}: there is no such column`,
    hint: near
      ? `Did you mean --target '${near}'?`
      : `Give a name or a number from 0 to ${names.length - 1}: ${some(names)}`,
    values: { target: name, columns: names.length },
  })
}

import { RetortError } from '#core/errors'
import type { ColumnProfile } from './column-profile.ts'
import { mostTexts, placeOf, textAmongNumbers, type RowBlock, type Table } from './table.ts'

/** How the columns of a table become the columns of the design matrix. */
export interface InputPlan {
  readonly columns: readonly string[]
  readonly notes: readonly string[]
  /** Writes the given rows of a block to consecutive rows of `target`, from its row `at` on. */
  encode(block: RowBlock, rows: Int32Array, target: Float64Array, at: number): void
  /**
   * Counts cells of a block whose category, or whose being missing, the training split never showed.
   * @throws RetortError `data/mixed-column` for a text where the training split has numbers
   */
  unseen(table: Table, block: RowBlock): { categories: number; missing: number }
}

/** More categories than this are not one-hot encoded, nor more than the share of the rows beyond the least. */
const mostLevels = 100
const mostLevelShare = 0.1
const leastLevelLimit = 20
/** Texts that make up at most this share of a column's values are strays among numbers. */
const strayShare = 0.05

/** The part of the plan that one column of the table is responsible for. */
interface ColumnPlan {
  readonly names: readonly string[]
  /** Writes the cell of row `row` at `target[at…]`, which is zero before. */
  write(block: RowBlock, row: number, target: Float64Array, at: number): void
  /** Whether the training split never showed what the cell holds. */
  unseen(table: Table, block: RowBlock, row: number): 'category' | 'missing' | undefined
}

/**
 * Numbers stay; a column with missing numbers gets its mean in their place and beside it an indicator column
 * `NAME missing`; a category becomes one column `NAME=LEVEL` for each level, sorted, missing being the level `?`.
 * @param targets columns that are not inputs
 * @throws RetortError `data/mixed-column`, `data/no-inputs`
 */
export function inputPlan(
  table: Table,
  profiles: readonly ColumnProfile[],
  targets: readonly number[],
): InputPlan {
  const notes: string[] = []
  const plans: { plan: ColumnPlan; offset: number }[] = []
  const columns: string[] = []
  profiles.forEach((profile, column) => {
    if (targets.includes(column)) return
    const reason = uselessness(table, profile, table.dictionaries[column].texts.length)
    if (reason) {
      notes.push(`column "${profile.name}" was left out: ${reason}`)
      return
    }
    const plan = profile.texts === 0 ? numberPlan(profile, column) : levelPlan(table, profile, column)
    if (profile.texts === 0 && profile.missing > 0) {
      notes.push(
        `${profile.missing} missing values of "${profile.name}" were replaced by its mean and marked`,
      )
    }
    plans.push({ plan, offset: columns.length })
    columns.push(...plan.names)
  })
  if (columns.length === 0) {
    throw new RetortError({
      code: 'data/no-inputs',
      message: `${table.name} has no usable input column${notes.length > 0 ? `: ${notes.join('; ')}` : ''}`,
      hint: 'Give a table with at least one numeric or categorical column beside the target.',
      path: table.name,
    })
  }
  return {
    columns,
    notes,
    encode(block, rows, target, at) {
      target.fill(0, at * columns.length, (at + rows.length) * columns.length)
      for (const { plan, offset } of plans) {
        for (let i = 0; i < rows.length; i++) {
          plan.write(block, rows[i], target, (at + i) * columns.length + offset)
        }
      }
    },
    unseen(from, block) {
      const found = { categories: 0, missing: 0 }
      for (const { plan } of plans) {
        for (let row = 0; row < block.count; row++) {
          const what = plan.unseen(from, block, row)
          if (what === 'category') found.categories++
          else if (what === 'missing') found.missing++
        }
      }
      return found
    },
  }
}

/** Why a column cannot be an input, or undefined where it can. */
function uselessness(table: Table, profile: ColumnProfile, knownTexts: number): string | undefined {
  const { name, numbers, texts, rows, counting, firstText } = profile
  if (numbers + texts === 0) return 'it holds no values'
  if (counting && rows > 2 && /^(index|row.*|unnamed: 0|.*id)$/i.test(name)) return 'it only counts the rows'
  const levels = texts === 0 ? 0 : knownTexts + (numbers > 0 ? (profile.distinct()?.length ?? Infinity) : 0)
  const limit = Math.min(mostLevels, Math.max(leastLevelLimit, mostLevelShare * rows))
  if (levels <= limit) return undefined
  if (texts <= strayShare * numbers && firstText) {
    throw textAmongNumbers(table, name, firstText.text, firstText)
  }
  const found = knownTexts < mostTexts && Number.isFinite(levels) ? String(levels) : 'very many'
  return `${found} distinct values in ${rows} rows cannot be one-hot encoded (the limit is ${Math.floor(limit)})`
}

function numberPlan({ name, width, sums, numbers, missing }: ColumnProfile, column: number): ColumnPlan {
  const means = sums.map((sum) => sum / numbers)
  const names = width === 1 ? [name] : Array.from({ length: width }, (_, i) => `${name}[${i}]`)
  return {
    names: missing > 0 ? [...names, `${name} missing`] : names,
    write(block, row, target, at) {
      const values = block.numbers[column]
      if (!Number.isNaN(values[row * width])) {
        for (let i = 0; i < width; i++) target[at + i] = values[row * width + i]
        return
      }
      target.set(means, at)
      if (missing > 0) target[at + width] = 1
    },
    unseen(table, block, row) {
      if (!Number.isNaN(block.numbers[column][row * width])) return undefined
      const identity = block.texts[column]?.[row] ?? 0
      if (identity === 0) return missing === 0 ? 'missing' : undefined
      const text = table.dictionaries[column].texts[identity - 1] ?? ''
      throw textAmongNumbers(table, name, text, placeOf(block, row))
    },
  }
}

function levelPlan(table: Table, profile: ColumnProfile, column: number): ColumnPlan {
  const { texts } = table.dictionaries[column]
  const values = profile.numbers > 0 ? (profile.distinct() ?? []) : []
  const levels = [...texts, ...values.map(String), ...(profile.missing > 0 ? ['?'] : [])].sort()
  const ofText = Int32Array.from(texts, (text) => levels.indexOf(text))
  const ofNumber = new Map(values.map((value) => [value, levels.indexOf(String(value))]))
  const missing = profile.missing > 0 ? levels.indexOf('?') : -1
  const levelOf = (block: RowBlock, row: number): number => {
    const identity = block.texts[column]?.[row] ?? 0
    if (identity !== 0) return ofText[identity - 1] ?? -1
    const value = block.numbers[column][row]
    return Number.isNaN(value) ? missing : (ofNumber.get(value) ?? -1)
  }
  return {
    names: levels.map((level) => `${profile.name}=${level}`),
    write(block, row, target, at) {
      const level = levelOf(block, row)
      if (level >= 0) target[at + level] = 1
    },
    unseen: (_, block, row) => (levelOf(block, row) < 0 ? 'category' : undefined),
  }
}

import type { Dataset, Split } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { Watch } from '#core/progress'
import { turn } from '#core/turn'
import { columnProfiles } from './column-profile.ts'
import { inputPlan } from './table-inputs.ts'
import { tableSplit, type TablePlan } from './table-split.ts'
import { targetPlan, type TargetContext, type TargetPlan } from './table-target.ts'
import type { RowBlock, Table } from './table.ts'

export interface TableDatasetOptions extends TargetContext, Watch {
  readonly name: string
  readonly source: Dataset['source']
  readonly notes: readonly string[]
}

/** Parsed blocks of all splits together stay in memory up to this size; beyond it they are parsed again in each pass. */
const mostRetainedBytes = 128 * 1024 * 1024

/**
 * The dataset that tables describe: target and inputs are planned from one scan of the training table; the test
 * table is read by the same plan. Rows without a target are left out, with a note.
 * @throws RetortError `data/…` and `usage/…` as `targetPlan` and `inputPlan` do, `data/empty`
 */
export async function tableDataset(
  train: Table,
  test: Table | undefined,
  options: TableDatasetOptions,
): Promise<Dataset> {
  const memory = { left: mostRetainedBytes }
  const trainBlocks = retention(train, memory)
  const profiler = columnProfiles(train)
  for await (const block of train.scan(options)) {
    profiler.add(block)
    trainBlocks.add(block, block.count)
  }
  const { profiles } = profiler
  if (profiles[0].rows === 0) throw empty(train.name, 'no rows')
  const targets = targetPlan(train, profiles, options)
  const inputs = inputPlan(train, profiles, targets.columns)
  const plan: TablePlan = { targets, inputs }
  const notes = [...options.notes, ...targets.notes, ...inputs.notes]
  let counts = trainBlocks.finish()
  if (targets.columns.some((column) => profiles[column].missing > 0)) {
    counts = []
    for (let block = 0; block < trainBlocks.blocks; block++) {
      options.signal?.throwIfAborted()
      await turn()
      counts.push(targets.rows(train, await trainBlocks.table.read(block)).rows.length)
    }
  }
  const splits: { train: Split; test?: Split } = {
    train: tableSplit('train', trainBlocks.table, plan, counts),
  }
  notes.push(...droppedNote(train, profiles[0].rows, splits.train.count))
  if (test) {
    const testBlocks = retention(test, memory)
    const unseen = { categories: 0, missing: 0 }
    let rows = 0
    for await (const block of test.scan(options)) {
      rows += block.count
      testBlocks.add(block, targets.rows(test, block).rows.length)
      const found = inputs.unseen(test, block)
      unseen.categories += found.categories
      unseen.missing += found.missing
    }
    splits.test = tableSplit('test', testBlocks.table, plan, testBlocks.finish())
    notes.push(...droppedNote(test, rows, splits.test.count))
    if (unseen.categories > 0) {
      notes.push(
        `${unseen.categories} test values belong to no category of the training split; they were read as none`,
      )
    }
    if (unseen.missing > 0) {
      notes.push(
        `${unseen.missing} missing test values, in columns complete in training, were replaced by the mean`,
      )
    }
  }
  return {
    name: options.name,
    kind: 'vector',
    inputShape: [inputs.columns.length],
    elementType: 'float64',
    target: targets.target,
    columns: inputs.columns,
    splits,
    source: options.source,
    notes,
  }
}

/** The targets of a table alone, all in memory. */
export interface Targets {
  readonly values: Int32Array | Float64Array
  /** Row of each example that has a target. */
  readonly rows: Float64Array
}

/**
 * The targets of tables whose inputs are read otherwise, planned as `tableDataset` does.
 * @throws RetortError as `targetPlan` does, `data/empty`
 */
export async function tableTargets(
  train: Table,
  test: Table | undefined,
  options: TargetContext & Watch,
): Promise<{ plan: TargetPlan; train: Targets; test?: Targets; notes: readonly string[] }> {
  const profiler = columnProfiles(train)
  for await (const block of train.scan(options)) profiler.add(block)
  const plan = targetPlan(train, profiler.profiles, options)
  const notes = [...plan.notes]
  const collect = async (table: Table): Promise<Targets> => {
    const values: number[] = []
    const rows: number[] = []
    let first = 0
    for await (const block of table.scan(options)) {
      const targets = plan.rows(table, block)
      for (const row of targets.rows) {
        rows.push(first + row)
        for (let j = 0; j < plan.width; j++) values.push(targets.values[row * plan.width + j])
      }
      first += block.count
    }
    notes.push(...droppedNote(table, first, rows.length))
    const typed = plan.target.kind === 'class' ? Int32Array.from(values) : Float64Array.from(values)
    return { values: typed, rows: Float64Array.from(rows) }
  }
  return { plan, train: await collect(train), ...(test && { test: await collect(test) }), notes }
}

/** Keeps the blocks of a scan while there is memory for all of them, so that later passes need not parse. */
function retention(table: Table, memory: { left: number }) {
  let kept: RowBlock[] | undefined = []
  let bytes = 0
  const counts: number[] = []
  return {
    get blocks(): number {
      return counts.length
    },
    /** @param count rows of the block that have a target */
    add(block: RowBlock, count: number): void {
      counts.push(count)
      if (!kept) return
      for (const values of [...block.numbers, ...block.texts, block.positions])
        bytes += values?.byteLength ?? 0
      if (bytes > memory.left) kept = undefined
      else kept.push(block)
    },
    finish(): number[] {
      if (kept) memory.left -= bytes
      return counts
    },
    table: { ...table, read: async (block: number) => kept?.[block] ?? table.read(block) } satisfies Table,
  }
}

function droppedNote({ name }: Table, rows: number, count: number): string[] {
  if (count === 0) throw empty(name, 'no row with a target')
  return rows > count
    ? [`${rows - count} of ${rows} rows of ${name} have no target value and were left out`]
    : []
}

function empty(file: string, what: string): RetortError {
  return new RetortError({
    code: 'data/empty',
    message: `${file} holds ${what}`,
    hint: 'Check that the file was written to its end, and that --target names the right column.',
    path: file,
  })
}
